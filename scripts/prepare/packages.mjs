import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";
import { PrepareError, runQuietly, step } from "./run-step.mjs";

/** Installs what the lock file names, if it is not there already. */
export async function preparePackages() {
  if (installed()) return;
  const npm = findNpm();
  await step("Installing packages from the lock file (a minute or so)", () =>
    runQuietly({
      log: "install",
      args: [npm, "ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"],
      advice: "npm ci failed. Check the connection to the npm registry and the free disk space, and try again.",
    }),
  );
  if (!installed()) throw new PrepareError("npm ci ran, but the packages still do not match package-lock.json.");
}

/**
 * Whether node_modules is what the lock file says. npm keeps a list of what it installed; packages for other platforms
 * are missing from it, and that is right.
 */
function installed() {
  const list = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(list)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(list, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function findNpm() {
  const candidates = [
    process.env.npm_execpath,
    join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"),
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  const npm = candidates.find((path) => path?.endsWith("npm-cli.js") && existsSync(path));
  if (npm === undefined) throw new PrepareError("npm was not found. Run this through npm: npm start, npm test.");
  return npm;
}
