import { expect, it } from "vitest";
import { testDatabase } from "@/lib/testing/test-database";
import { openDatabase } from "./database";

const database = await testDatabase();
const PID = { name: "own-pid", text: "SELECT pg_backend_pid() AS pid" };
const ONE = { name: "one", text: "SELECT 1 AS one" };

it("a connection that is cut between two statements fails its transaction, and does not end the process", async () => {
  const uncaught: Error[] = [];
  const note = (error: Error) => void uncaught.push(error);
  process.on("uncaughtException", note);
  const { runTogether, close } = openDatabase({ url: database.url, poolSize: 1, applicationName: "a test" });
  try {
    const cutOff = runTogether(async (run) => {
      const [own] = await run<{ pid: number }>(PID, []);
      await database.query("SELECT pg_terminate_backend($1)", [own?.pid]);
      await expect.poll(() => run(ONE, []).catch(() => "failed")).toBe("failed");
      return run(ONE, []);
    });
    await expect(cutOff).rejects.toThrow();
    expect(await runTogether((run) => run(ONE, []))).toEqual([{ one: 1 }]);
    expect(uncaught).toEqual([]);
  } finally {
    process.off("uncaughtException", note);
    await close();
  }
});

it("a transaction whose work rejects leaves nothing behind", async () => {
  const { runTogether, close } = openDatabase({ url: database.url, poolSize: 1, applicationName: "a test" });
  const insert = {
    name: "insert",
    text: "INSERT INTO namespace (name, broker, configured) VALUES ('left', 'service-bus', true)",
  };
  try {
    const broken = runTogether(async (run) => {
      await run(insert, []);
      throw new Error("the work rejects");
    });
    await expect(broken).rejects.toThrow("the work rejects");
    expect(await database.query("SELECT 1 FROM namespace WHERE name = 'left'")).toEqual([]);
  } finally {
    await close();
  }
});

it("a window's statement is planned once, and by index also while the table is small", async () => {
  const { run, close } = openDatabase({ url: database.url, poolSize: 1, applicationName: "a test" });
  const byKey = { name: "by-key", text: "SELECT id FROM worker WHERE id = $1" };
  const plans = {
    name: "plans",
    text: `SELECT generic_plans::int AS kept, custom_plans::int AS made, current_setting('enable_seqscan') AS reads_through
           FROM pg_prepared_statements WHERE name = 'by-key'`,
  };
  try {
    for (let n = 0; n < 3; n++) await run(byKey, ["00000000-0000-0000-0000-000000000000"]);
    expect(await run(plans, [])).toEqual([{ kept: 3, made: 0, reads_through: "off" }]);
  } finally {
    await close();
  }
});

it("R2, R3: what is written next does not become part of a transaction that could not be ended, and is not undone with it", async () => {
  const { client, close } = openDatabase({ url: database.url, poolSize: 1, applicationName: "a test" });
  try {
    // As Prisma leaves it when its ROLLBACK was given up before it was sent.
    await client.$executeRaw`BEGIN`;
    await client.$executeRaw`INSERT INTO namespace (name, broker, configured) VALUES ('kept', 'service-bus', true)`;
    expect(await database.query("SELECT name FROM namespace WHERE name = 'kept'")).toEqual([{ name: "kept" }]);
    await expect(client.$transaction((tx) => tx.$executeRaw`SELECT 1 / 0`)).rejects.toThrow();
    const pid = async () => (await client.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid;
    const before = await pid();
    await client.$transaction((tx) => tx.$executeRaw`SELECT 1`);
    expect(await pid()).toBe(before);
  } finally {
    await close();
  }
});
