import { readFile } from "node:fs/promises";
import type pg from "pg";

/** Runs that are not counted: connections are opened and code is compiled in them. */
const WARM_UPS = 10;
/** The name under which the bench's own store is connected. */
export const APPLICATION = "bench";

export interface Measured {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  /** Mean processor time of one run, ms, which a busy machine hardly changes; null: not to be had. */
  readonly processor: number | null;
  /** Milliseconds, for the p95 at a million; null: none is set. */
  readonly aim: number | null;
}

/** Processor time so far of whatever is measured, ms; null where the system does not say. */
export type Spent = () => Promise<number | null>;

export const say = (text: string) => process.stderr.write(`${text}\n`);

export async function measure(
  name: string,
  { aim, spent, runs }: { aim: number | null; spent: Spent; runs: number },
  run: (n: number) => Promise<unknown>,
): Promise<Measured> {
  for (let n = 0; n < WARM_UPS; n++) await run(n);
  const times: number[] = [];
  const before = await spent();
  for (let n = 0; n < runs; n++) {
    const begun = performance.now();
    await run(n);
    times.push(performance.now() - begun);
  }
  const after = await spent();
  const processor = before === null || after === null ? null : Number(((after - before) / runs).toFixed(1));
  const measured = { name, p50: quantile(times, 0.5), p95: quantile(times, 0.95), processor, aim };
  say(
    `  ${name.padEnd(38)} p50 ${String(measured.p50).padStart(7)} ms   p95 ${String(measured.p95).padStart(7)} ms   processor ${String(processor ?? "?").padStart(6)} ms${aim === null ? "" : `   (aim ${aim})`}`,
  );
  return measured;
}

export function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1));
}

/** This process and the sessions that its store has at the database, where that runs on this machine. */
export function spentByStore(pool: pg.Pool): Spent {
  return async () => {
    const { rows } = await pool.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
      [APPLICATION],
    );
    const sessions = await Promise.all(rows.map(({ pid }) => processorTime(pid, "postgres")));
    if (sessions.includes(null)) return null;
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + sessions.reduce<number>((sum, time) => sum + (time ?? 0), 0);
  };
}

/** From the kernel's own account of a process, ms; null where there is none, or it has another name. A hundredth of a second is its tick. */
export async function processorTime(pid: number | undefined, called?: string): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat === null || (called !== undefined && !stat.includes(`(${called}`))) return null;
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) * 10;
}
