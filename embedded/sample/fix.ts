import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PORT_FILE } from "./port-file";

/** `npm run sample -- list | fix <consumer> | break <consumer>`: what the sample's page does, from a terminal. */

const USAGE = `npm run sample -- list                 the consumers, and whether their fix is deployed
npm run sample -- fix <consumer>       deploy a consumer's fix
npm run sample -- break <consumer>     take it back`;

const ACTS: Readonly<Record<string, string>> = { fix: "deploy-fix", break: "break-again" };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: "string", default: ".data/sample" } },
});
process.exitCode = await run(positionals, values.data);

async function run([command, consumer]: string[], folder: string): Promise<number> {
  const act = ACTS[command ?? ""];
  if (command !== "list" && (act === undefined || consumer === undefined)) return fail(USAGE);
  const address = readAddress(folder);
  if (address === null) return fail("The sample traffic is not running. Start it with `npm start`.");
  try {
    return act === undefined ? await list(address) : await deploy(address, consumer ?? "", act);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return fail(`Nothing answers at ${address}: the sample traffic is not running. Start it with \`npm start\`.`);
  }
}

async function list(address: string): Promise<number> {
  const response = await fetch(`${address}/consumers`);
  const consumers = (await response.json()) as { name: string; entity: string; fix: string | null; fixed: boolean }[];
  for (const { name, entity, fix, fixed } of consumers) {
    const state = fix === null ? "nothing to deploy" : fixed ? "fix deployed" : "runs with its faults";
    console.log(`${name.padEnd(22)}${state.padEnd(24)}${entity}`);
  }
  return 0;
}

async function deploy(address: string, consumer: string, act: string): Promise<number> {
  const response = await fetch(`${address}/consumers/${encodeURIComponent(consumer)}/${act}`, { method: "POST" });
  if (!response.ok) return fail((await response.text()).trim());
  console.log(act === "deploy-fix" ? `The fix of ${consumer} is deployed.` : `${consumer} runs with its faults again.`);
  return 0;
}

/** Where the running sample listens; null when none has written it. */
function readAddress(folder: string): string | null {
  try {
    return `http://127.0.0.1:${Number(readFileSync(join(folder, PORT_FILE), "utf8"))}`;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function fail(text: string): number {
  console.error(text);
  return 1;
}
