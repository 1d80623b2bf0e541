import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { liveStart, releaseStartLock, takeStartLock } from "./start-lock.mjs";

const folder = mkdtempSync(join(tmpdir(), "dlq-console-lock-"));
const file = join(folder, "start.lock");
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(file, { force: true }));

test("the lock is taken once and freed again", () => {
  expect(takeStartLock(file)).toBeNull();
  expect(existsSync(file)).toBe(true);
  releaseStartLock(file);
  expect(existsSync(file)).toBe(false);
});

test("a start that runs keeps others out, and they learn its address", async () => {
  const program = join(folder, "start.mjs");
  writeFileSync(program, "setInterval(() => {}, 1000);");
  const other = spawn(process.execPath, [program]);
  await once(other, "spawn");
  const lock = { pid: other.pid, url: "http://127.0.0.1:3000" };
  writeFileSync(file, JSON.stringify(lock));
  expect(takeStartLock(file)).toEqual(lock);
  other.kill();
  await once(other, "exit");
  expect(takeStartLock(file)).toBeNull();
});

test.skipIf(process.platform !== "linux")(
  "the lock of a dead start is taken over although its id belongs to another program now",
  () => {
    writeFileSync(file, JSON.stringify({ pid: process.ppid, url: null }));
    expect(liveStart(file)).toBeNull();
    expect(takeStartLock(file)).toBeNull();
  },
);

test("a damaged lock keeps nobody out", () => {
  writeFileSync(file, "{");
  expect(takeStartLock(file)).toBeNull();
});
