import { parseArgs } from "node:util";
import { HISTORY_SETTINGS, keepItemHistory } from "@/lib/testing/chaos/item-history";
import { KILL_LANES, type KillRun, runKills } from "@/lib/testing/chaos/kill-run";
import { type Lane, laneEntities } from "@/lib/testing/chaos/lanes";
import { LOSS_LANES, type LossRun, runLosses } from "@/lib/testing/chaos/loss-run";
import { type BenchStack, startStack } from "./stack";

/**
 * Kills workers at random moments in the midst of replays, or with --losses loses answers of the database on their way to them, and judges by the broker's
 * record what became of every message. Ends with 1 when a rule was broken. Most of the time of a run is spent waiting for locks and leases, so
 * several runs go side by side, each with a broker, a database and workers of its own. SIGTERM ends them after their rounds.
 *
 *   npx tsx bench/chaos.ts [how many, 3000 when left out] [--losses] [--runs 3] [--seed n] [--json]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    losses: { type: "boolean", default: false },
    runs: { type: "string", default: "3" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const what = values.losses ? "losses" : "kills";
const wanted = wholeNumber(`the number of ${what}`, positionals[0] ?? "3000");
const seed = wholeNumber("--seed", values.seed ?? String(Math.floor(Math.random() * 1e9)));

function wholeNumber(what: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) {
    console.error(`${what} is a whole number from 1, not "${text}".`);
    process.exit(2);
  }
  return number;
}

interface Share {
  readonly count: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const runs = Math.min(wanted, wholeNumber("--runs", values.runs));
const ending = new AbortController();
process.on("SIGTERM", () => {
  console.log("ending after the rounds under way");
  ending.abort();
});

/** The nth of the runs over a stack of its own, with its share. */
async function oneOf<R>(
  n: number,
  lanes: readonly Lane[],
  play: (stack: BenchStack, share: Share) => Promise<R>,
): Promise<R> {
  const stack = await startStack(laneEntities(lanes), 1_000, HISTORY_SETTINGS);
  try {
    await keepItemHistory(stack.query);
    return await play(stack, {
      count: Math.floor((wanted + n) / runs),
      seed: seed + n,
      say: (line) => console.log(`run ${n + 1}: ${line}`),
      signal: ending.signal,
    });
  } finally {
    await stack.close();
  }
}

/** What either kind of run tells. */
type Run = Pick<KillRun & LossRun, "messages" | "doubts" | "judged" | "secondCopies" | "seconds" | "found">;

const sum = <R>(of: readonly R[], figure: (run: R) => number) => of.reduce((total, run) => total + figure(run), 0);

/** Plays all runs, says what came of them, and ends with 1 when a rule was broken. */
async function playAll<R extends Run>(
  one: (n: number) => Promise<R>,
  struck: (of: readonly R[]) => string,
): Promise<never> {
  console.log(`${wanted} ${what} in ${runs} runs side by side, seed ${seed}`);
  const outcomes = await Promise.allSettled(Array.from({ length: runs }, (_, n) => one(n)));
  const ended = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const broken = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  const found = ended.flatMap((run) => run.found);
  for (const words of found) console.log(words);
  console.log(
    `${struck(ended)} in ${Math.max(0, ...ended.map((run) => run.seconds))} s over ${sum(ended, (run) => run.messages)} messages: ` +
      `${sum(ended, (run) => run.doubts)} doubts, ${sum(ended, (run) => run.judged)} judged by a person, ` +
      `${sum(ended, (run) => run.secondCopies)} second copies (each shown as uncertain before). ` +
      `${found.length === 0 ? "No rule was broken." : `${found.length} rules broken.`}`,
  );
  if (values.json) console.log(JSON.stringify(ended));
  for (const reason of broken) console.error("a run broke off:", reason);
  // A connection that ends while the client library reads leaves its idle timer behind, which would hold the process for two more minutes.
  process.exit(found.length === 0 && broken.length === 0 ? 0 : 1);
}

/** Counts by name over all runs. */
function listed(of: readonly Readonly<Record<string, number>>[]): string {
  const names = new Set(of.flatMap((counts) => Object.keys(counts)));
  return [...names].map((name) => `${name} ${sum(of, (counts) => counts[name] ?? 0)}`).join(", ");
}

if (values.losses) {
  await playAll<LossRun>(
    (n) => oneOf(n, LOSS_LANES, (stack, { count, ...share }) => runLosses(stack, { ...share, losses: count })),
    (ended) =>
      `${sum(ended, (run) => run.losses)} losses (${listed(ended.map((run) => run.kinds))}; written without an answer: ` +
      `${listed(ended.map((run) => run.lost))}) and ${sum(ended, (run) => run.brokerFaults)} faults of the broker`,
  );
} else {
  await playAll<KillRun>(
    (n) => oneOf(n, KILL_LANES, (stack, { count, ...share }) => runKills(stack, { ...share, kills: count })),
    (ended) =>
      `${sum(ended, (run) => run.kills)} kills (${sum(ended, (run) => run.aimed)} aimed between intent and record), ` +
      `${sum(ended, (run) => run.freezes)} stops and ${sum(ended, (run) => run.droppedDuplicates)} copies dropped as duplicates`,
  );
}
