import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../scripts/prepare/paths.mjs";
import type { StackUnderTest } from "./stack";

/** Starts the real stack in a process of its own, its data in the folder that is given. `stop` ends every part in order. */
export async function startStack(data: string): Promise<{ stack: StackUnderTest; stop: () => Promise<void> }> {
  const program = spawn(process.execPath, ["--import", "tsx", join(root, "e2e", "stack-program.ts"), data], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => program.once("close", () => resolve()));
  const stack = await firstLine(program, join(data, "logs"));
  return {
    stack,
    stop: async () => {
      program.stdin?.end();
      await ended;
    },
  };
}

function firstLine(program: ChildProcess, logs: string): Promise<StackUnderTest> {
  return new Promise((resolve, reject) => {
    if (program.stdout === null) return reject(new Error("no output"));
    createInterface(program.stdout).once("line", (line) => resolve(JSON.parse(line) as StackUnderTest));
    program.once("close", () => reject(new Error(`The stack for the browser tests did not start. Its logs: ${logs}`)));
  });
}
