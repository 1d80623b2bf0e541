import { resolve } from "node:path";
import { bundleProgram } from "./stack/worker-program";

/** The worker as one file, for its image: `tsx scripts/build-worker.ts worker.mjs`. */
const file = process.argv[2];
if (file === undefined) throw new Error("Name the file to write, which must lie beside node_modules.");
console.log(bundleProgram("worker/main.ts", resolve(file)));
