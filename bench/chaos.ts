import { parseArgs } from "node:util";
import { HISTORY_SETTINGS, keepItemHistory } from "@/lib/testing/chaos/item-history";
import { KILL_LANES, runKills } from "@/lib/testing/chaos/kill-run";
import { laneEntities } from "@/lib/testing/chaos/lanes";
import { startStack } from "./stack";

/**
 * Kills workers at random moments in the midst of replays, and judges by the broker's record what became of every message.
 * Ends with 1 when a rule was broken.
 *
 *   npx tsx bench/chaos.ts [kills, 3000 when left out] [--seed n] [--json]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string" }, json: { type: "boolean", default: false } },
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

console.log(`${kills} kills, seed ${seed}`);
const stack = await startStack(laneEntities(KILL_LANES), 1_000, HISTORY_SETTINGS);
try {
  await keepItemHistory(stack.query);
  const run = await runKills(stack, { kills, seed, say: (line) => console.log(line) });
  for (const words of run.found) console.log(words);
  console.log(
    `${run.kills} kills (${run.aimed} aimed between intent and record) and ${run.freezes} stops in ${run.seconds} s over ${run.messages} messages: ${run.doubts} doubts, ` +
      `${run.judged} judged by a person, ${run.secondCopies} second copies (each shown as uncertain before), ` +
      `${run.droppedDuplicates} dropped as duplicates. ${run.found.length === 0 ? "No rule was broken." : `${run.found.length} rules broken.`}`,
  );
  if (values.json) console.log(JSON.stringify(run));
  process.exitCode = run.found.length === 0 ? 0 : 1;
} finally {
  await stack.close();
}
