// What `npm start` runs: plain JavaScript that needs nothing installed. It makes the checkout ready, then hands over to
// run-start.ts, which runs the console.
import { fileURLToPath } from "node:url";
import { checkNode } from "./prepare/check-node.mjs";
import { prepare } from "./prepare/prepare.mjs";
import { PrepareError } from "./prepare/run-step.mjs";
import { readFlags, USAGE } from "./start-flags.mjs";

checkNode();
try {
  const flags = readFlags(process.argv.slice(2));
  if (flags.help) {
    console.log(USAGE);
  } else {
    const began = performance.now();
    await prepare(flags.dev ? ["packages", "client"] : ["packages", "client", "pages"]);
    const { register } = await import("tsx/esm/api");
    register({ tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)) });
    const { start } = await import("./run-start");
    process.exitCode = await start(flags, began);
  }
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
