import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./paths.mjs";
import { PrepareError, runQuietly, step } from "./run-step.mjs";

/**
 * How to launch the browser of the tests.
 * @typedef {{ executablePath: string | undefined, env: Record<string, string> }} Chromium
 */

/**
 * Finds a Chromium that runs here: the one that CHROMIUM_PATH names; on Linux with x64 the one that came with npm,
 * unpacked once into .data; elsewhere Playwright's own download.
 * @returns {Promise<Chromium>}
 */
export async function prepareChromium() {
  const chromium = await findChromium();
  if (chromium.executablePath === undefined) return chromium;
  const tried = spawnSync(chromium.executablePath, ["--version"], {
    env: { ...process.env, ...chromium.env },
    encoding: "utf8",
  });
  if (tried.status === 0) return chromium;
  const output = `${tried.error?.message ?? ""}${tried.stderr ?? ""}`.trim();
  const library = /error while loading shared libraries: (\S+):/.exec(output)?.[1];
  throw new PrepareError(
    library === undefined
      ? `Chromium (${chromium.executablePath}) does not run here: ${output}\nSet CHROMIUM_PATH to one that does.`
      : `Chromium needs the library ${library}. Install the package that holds it (Debian: apt-file search ${library}), or install your system's chromium and set CHROMIUM_PATH to it.`,
  );
}

/** @returns {Promise<Chromium>} */
async function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new PrepareError(`CHROMIUM_PATH names ${named}, which does not exist.`);
    return { executablePath: named, env: {} };
  }
  if (process.platform !== "linux" || process.arch !== "x64") return playwrightsOwn();
  const { version } = JSON.parse(
    readFileSync(join(root, "node_modules", "@sparticuz", "chromium", "package.json"), "utf8"),
  );
  const folder = join(root, ".data", `chromium-${version}`);
  if (!existsSync(folder)) await step("Unpacking Chromium", () => unpack(folder));
  // The package's own list of fonts names folders of another system. Written each time: what was unpacked earlier may have an older one.
  writeFileSync(join(folder, "fonts", "fonts.conf"), FONTS);
  return {
    executablePath: join(folder, "chromium"),
    env: {
      LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
      FONTCONFIG_PATH: join(folder, "fonts"),
      // Else fontconfig and the browser write under the home folder, which may be another user's.
      XDG_CACHE_HOME: join(folder, "cache"),
    },
  };
}

/** A cache folder with a relative prefix would be one of the folder that the browser is started in: not every fontconfig knows that prefix here. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** @param {string} folder */
async function unpack(folder) {
  const unpacking = `${folder}.new`;
  rmSync(unpacking, { recursive: true, force: true });
  mkdirSync(unpacking, { recursive: true });
  await runQuietly({
    log: "chromium",
    args: [fileURLToPath(new URL("./unpack-chromium.mjs", import.meta.url))],
    // The second makes it unpack the libraries that a small system lacks.
    env: { TMPDIR: unpacking, AWS_LAMBDA_JS_RUNTIME: "nodejs20.x" },
    advice:
      "Chromium could not be unpacked. It needs 250 MB of disk space; or set CHROMIUM_PATH to one that is installed.",
  });
  // Under its final name only when it is whole.
  renameSync(unpacking, folder);
}

/** @returns {Promise<Chromium>} */
async function playwrightsOwn() {
  const { chromium } = await import("@playwright/test");
  if (!existsSync(chromium.executablePath())) {
    throw new PrepareError(
      "The browser tests need Chromium. Download Playwright's (npx playwright install chromium), or set CHROMIUM_PATH.",
    );
  }
  return { executablePath: undefined, env: {} };
}
