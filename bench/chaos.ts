import { parseArgs } from "node:util";
import { HISTORY_SETTINGS, keepItemHistory } from "@/lib/testing/chaos/item-history";
import { KILL_LANES, type KillRun, runKills } from "@/lib/testing/chaos/kill-run";
import { laneEntities } from "@/lib/testing/chaos/lanes";
import { startStack } from "./stack";

/**
 * Kills workers at random moments in the midst of replays, and judges by the broker's record what became of every message.
 * Ends with 1 when a rule was broken. Most of the time of a run is spent waiting for locks and leases of the dead, so
 * several runs go side by side, each with a broker, a database and workers of its own. SIGTERM ends them after their rounds.
 *
 *   npx tsx bench/chaos.ts [kills, 3000 when left out] [--runs 3] [--seed n] [--json]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "3" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const kills = wholeNumber("the number of kills", positionals[0] ?? "3000");
const seed = wholeNumber("--seed", values.seed ?? String(Math.floor(Math.random() * 1e9)));

function wholeNumber(what: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) {
    console.error(`${what} is a whole number from 1, not "${text}".`);
    process.exit(2);
  }
  return number;
}

const runs = Math.min(kills, wholeNumber("--runs", values.runs));
const ending = new AbortController();
process.on("SIGTERM", () => {
  console.log("ending after the rounds under way");
  ending.abort();
});

/** The nth of the runs, with its share of the kills. */
async function oneOf(n: number): Promise<KillRun> {
  const stack = await startStack(laneEntities(KILL_LANES), 1_000, HISTORY_SETTINGS);
  try {
    await keepItemHistory(stack.query);
    return await runKills(stack, {
      kills: Math.floor((kills + n) / runs),
      seed: seed + n,
      say: (line) => console.log(`run ${n + 1}: ${line}`),
      signal: ending.signal,
    });
  } finally {
    await stack.close();
  }
}

console.log(`${kills} kills in ${runs} runs side by side, seed ${seed}`);
const outcomes = await Promise.allSettled(Array.from({ length: runs }, (_, n) => oneOf(n)));
const ended = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
const broken = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
const sum = (figure: (run: KillRun) => number) => ended.reduce((total, run) => total + figure(run), 0);
const found = ended.flatMap((run) => run.found);
for (const words of found) console.log(words);
console.log(
  `${sum((run) => run.kills)} kills (${sum((run) => run.aimed)} aimed between intent and record) and ${sum((run) => run.freezes)} stops in ` +
    `${Math.max(0, ...ended.map((run) => run.seconds))} s over ${sum((run) => run.messages)} messages: ${sum((run) => run.doubts)} doubts, ` +
    `${sum((run) => run.judged)} judged by a person, ${sum((run) => run.secondCopies)} second copies (each shown as uncertain before), ` +
    `${sum((run) => run.droppedDuplicates)} dropped as duplicates. ${found.length === 0 ? "No rule was broken." : `${found.length} rules broken.`}`,
);
if (values.json) console.log(JSON.stringify(ended));
for (const reason of broken) console.error("a run broke off:", reason);
// A connection that ends while the client library reads leaves its idle timer behind, which would hold the process for two more minutes.
process.exit(found.length === 0 && broken.length === 0 ? 0 : 1);
