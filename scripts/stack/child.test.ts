import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "@/lib/testing/eventually";
import { ChildFailed, type ChildSpec, startChild } from "./child";
import { warningIn } from "./child-log";
import { keepRunning } from "./keep-running";

const logs = mkdtempSync(join(tmpdir(), "dlq-console child "));
afterAll(() => rmSync(logs, { recursive: true }));

/** A child that runs a line of JavaScript. */
function program(code: string, changes: Partial<ChildSpec> = {}): ChildSpec {
  return {
    name: "part",
    args: ["--eval", code],
    env: process.env,
    logs,
    isReady: (line) => line === "ready",
    readyTimeoutMs: 10_000,
    warn: () => {},
    ...changes,
  };
}

const RUNS = `console.log("ready"); setInterval(() => {}, 1000);`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a child", () => {
  test("is ready at its line, ends at SIGTERM, and its output is in its log", async () => {
    const child = await startChild(program(`console.log("hello"); ${RUNS}`, { name: "hello" }));
    await child.stop(5_000);
    expect(await child.ended).toBe("signal SIGTERM");
    expect(readFileSync(join(logs, "hello.log"), "utf8")).toBe("hello\nready\n");
  });

  test("that ends before it is ready fails with its last words", async () => {
    const starting = startChild(program(`console.error("no such table"); process.exit(3);`));
    await expect(starting).rejects.toThrow(ChildFailed);
    await expect(starting).rejects.toThrow(/exit code 3 at its start[\s\S]*no such table/);
  });

  test("that keeps silent is killed and told", async () => {
    const pidFile = join(logs, "silent.pid");
    const code = `require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000);`;
    await expect(startChild(program(code, { readyTimeoutMs: 1_500 }))).rejects.toThrow("was not ready after 1.5 s");
    await eventually("it has ended", () => !isAlive(Number(readFileSync(pidFile, "utf8"))));
  });

  test("that ignores SIGTERM is killed after the grace", async () => {
    const child = await startChild(program(`process.on("SIGTERM", () => {}); ${RUNS}`));
    await child.stop(100);
    expect(await child.ended).toBe("signal SIGKILL");
  });

  test("ends by itself when its parent is killed", async () => {
    const owner = join(logs, "owner.mjs");
    const child = new URL("./child.ts", import.meta.url).href;
    writeFileSync(
      owner,
      `import { startChild } from ${JSON.stringify(child)};
       const child = await startChild({ name: "orphan", args: ["--eval", ${JSON.stringify(RUNS)}], env: process.env,
         logs: ${JSON.stringify(logs)}, isReady: (line) => line === "ready", readyTimeoutMs: 10000, warn: () => {} });
       console.log(child.pid);`,
    );
    const parent = spawn(process.execPath, ["--import", "tsx", owner], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
    parent.kill("SIGKILL");
    await eventually("it has ended", () => !isAlive(Number(line)));
  });
});

describe("a child that is kept running", () => {
  test("is started again when it ends by itself, and that is told with its last lines", async () => {
    const told: string[] = [];
    const begin = () => startChild(program(RUNS));
    const pids: number[] = [];
    const started = async () => {
      const child = await begin();
      pids.push(child.pid);
      return child;
    };
    const kept = keepRunning(await started(), started, (line) => told.push(line));
    process.kill(Number(pids[0]), "SIGKILL");
    await eventually("it runs again", () => pids.length === 2 && told.some((line) => line === "The part runs again."));
    expect(told[0]).toMatch(
      /^The part ended \(signal SIGKILL\) and is started again in 1 s\. Its last lines:\n {2}ready$/,
    );
    await kept.stop(5_000);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  test("is not started again once it is stopped", async () => {
    let starts = 0;
    const started = () => {
      starts += 1;
      return startChild(program(RUNS));
    };
    await keepRunning(await started(), started, () => {}).stop(5_000);
    expect(starts).toBe(1);
  });
});

describe("what of a child's output a person sees", () => {
  test.each([
    ["a warning of ours", '{"level":40,"msg":"server busy"}', "out", "warning: server busy"],
    [
      "an error of ours with its cause",
      '{"level":50,"msg":"scan failed","err":{"message":"gone"}}',
      "out",
      "error: scan failed: gone",
    ],
    [
      "one whose cause is plain text",
      '{"level":50,"msg":"scan failed","error":"gone"}',
      "out",
      "error: scan failed: gone",
    ],
    ["an error in plain words", "TypeError: x is not a function", "err", "TypeError: x is not a function"],
  ] as const)("%s", (_, line, stream, shown) => {
    expect(warningIn(line, stream)).toBe(shown);
  });

  test.each([
    ["what only informs", '{"level":30,"msg":"scanned"}', "out"],
    ["plain output", "✓ Ready in 300ms", "out"],
    ["a line that only looks like an event", "{oops", "out"],
  ] as const)("not %s", (_, line, stream) => {
    expect(warningIn(line, stream)).toBeNull();
  });
});
