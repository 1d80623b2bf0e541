import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { prepareChromium } from "../scripts/prepare/chromium.mjs";
import { root } from "../scripts/prepare/paths.mjs";
import { prepare } from "../scripts/prepare/prepare.mjs";
import { type StackUnderTest, tellStack } from "./stack";

/** Playwright's global set-up: the pages, a browser, and the stack, once for the whole run. */
export default async function setup(): Promise<() => Promise<void>> {
  await prepare(["client", "pages"]);
  process.env.DLQ_E2E_CHROMIUM = JSON.stringify(await prepareChromium());
  const data = await mkdtemp(join(tmpdir(), "dlq-console-e2e-"));
  const program = spawn(process.execPath, ["--import", "tsx", join(root, "e2e", "stack-program.ts"), data], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => program.once("close", () => resolve()));
  tellStack(await firstLine(program, join(data, "logs")));
  return async () => {
    program.stdin?.end();
    await ended;
    await rm(data, { recursive: true, force: true });
  };
}

function firstLine(program: ChildProcess, logs: string): Promise<StackUnderTest> {
  return new Promise((resolve, reject) => {
    if (program.stdout === null) return reject(new Error("no output"));
    createInterface(program.stdout).once("line", (line) => resolve(JSON.parse(line) as StackUnderTest));
    program.once("close", () => reject(new Error(`The stack for the browser tests did not start. Its logs: ${logs}`)));
  });
}
