import { parseArgs } from "node:util";
import { emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
import { median, medianIfKnown, spread } from "./figures";
import { bySdk, type EngineRun, engine, engineAtDepth, seed, UNTHROTTLED } from "./replay-runs";
import { AIM, type Cost, share, verdictsOf, wordsOf } from "./replay-verdicts";
import { startStack } from "./stack";

/**
 * How fast the engine replays, against a bare loop on the SDK and the script that people write. All in one run on one
 * machine, since only their ratio means something, and each time in a new process. Then (a) and (c) once more with every answer of the broker held back, and
 * the engine over DLQs of several depths, of which it replays as many each time. Plans are made before, and count for nothing.
 *
 * Each is done several times, by turns where figures are held against each other, since what else the machine does comes and goes; the figures are
 * medians, with the least and the most beside them, and ratios are of medians. The end says of each aim whether it was met; one that was
 * not measured is named too.
 *
 *   npm run bench:replay -- [--messages 20000] [--slow-messages 20000] [--delay 5] [--depths 1000,20000,200000] [--runs 3] [--quick] [--json]
 */
const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "20000" },
    /** For the script; as many as for the others unless it is given. */
    "slow-messages": { type: "string" },
    /** Milliseconds that answers are held back. */
    delay: { type: "string", default: "5" },
    /** Messages in the DLQ; as many of each are replayed as the smallest has, by a worker that has replayed some before. */
    depths: { type: "string", default: "1000,20000,200000" },
    /** How often each is done. */
    runs: { type: "string", default: "3" },
    /** (a), (b) and (c) alone. */
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const MESSAGES = Number(values.messages);
const SLOW = Number(values["slow-messages"] ?? values.messages);
const DELAY = Number(values.delay);
const RUNS = Number(values.runs);
if (!Number.isInteger(RUNS) || RUNS < 1) throw new Error(`--runs is a whole number from 1, not "${values.runs}".`);
const DEPTHS = values.quick ? [] : values.depths.split(",").map(Number);
/** Replayed out of each depth. */
const OF_DEPTH = Math.min(10_000, ...DEPTHS);
/** Replayed before that: as few messages as the smallest depth has would measure the worker's start alone. */
const WARM = 3_000;

const say = (text: string) => process.stderr.write(`${text}\n`);
const print = (line: string): void => {
  if (!values.json) console.log(line);
};

/** What several runs of one engine come to; each of them beside it. */
function ofRuns(runs: readonly EngineRun[]) {
  const cost = (process: keyof Cost): number | null => rounded(medianIfKnown(runs.map((run) => run.cost[process])));
  return {
    perSecond: middle(runs.map((run) => run.perSecond)),
    megabytes: most(runs.map((run) => run.megabytes)),
    cost: { worker: cost("worker"), broker: cost("broker"), postgres: cost("postgres") },
    runs,
  };
}

const rounded = (figure: number | null): number | null => (figure === null ? null : Math.round(figure));
const middle = (figures: readonly number[]): number => Math.round(median(figures));
const most = (figures: readonly (number | null)[]): number | null =>
  figures.includes(null) ? null : Math.max(...figures.map(Number));

const rate = (runs: readonly EngineRun[]): string => `${spread(runs.map((run) => run.perSecond))}/s`;
function words(runs: readonly EngineRun[]): string {
  const of = (process: keyof Cost): string => spread(runs.map(({ cost }) => cost[process]));
  return `processor a message: worker ${of("worker")}, broker ${of("broker")}, PostgreSQL ${of("postgres")} µs`;
}

const rounds = Array.from({ length: RUNS }, (_, n) => n + 1);
const names = [
  ...rounds.flatMap((n) =>
    ["bare", "script", "engine", "bare-delayed", "engine-delayed"].map((name) => `${name}-${n}`),
  ),
  ...DEPTHS.flatMap((depth) => [`depth-${depth}`, `warm-${depth}`]),
];
const stack = await startStack(
  emulatorConfig({ queues: names.map((name) => queueOf(name, { LockDuration: "PT1M" })) }),
  UNTHROTTLED,
);

/** (a), (b) and (c), by turns. */
async function compared() {
  const bare: number[] = [];
  const script: number[] = [];
  const ours: EngineRun[] = [];
  for (const n of rounds) {
    say(`${n} of ${RUNS}: ${MESSAGES} messages of 1 KB (${SLOW} for the script)`);
    await seed(stack, `bare-${n}`, MESSAGES);
    await seed(stack, `script-${n}`, SLOW);
    say("  (a) bare loop on the SDK …");
    bare.push(await bySdk(stack, "bare", `bare-${n}`, MESSAGES));
    say("  (b) one by one …");
    script.push(await bySdk(stack, "one-by-one", `script-${n}`, SLOW));
    say("  (c) this engine …");
    await seed(stack, `engine-${n}`, MESSAGES);
    ours.push(await engine(stack, `engine-${n}`, MESSAGES));
  }
  const result = { bare, script, ours: ofRuns(ours) };
  const { perSecond, megabytes } = result.ours;
  const ratios = { overBareLoop: share(perSecond, middle(bare)), overScript: share(perSecond, middle(script)) };
  print(`(a) bare loop on the SDK   ${spread(bare)}/s`);
  print(`(b) one by one             ${spread(script)}/s`);
  print(
    `(c) this engine, 1 worker  ${rate(ours)}   ${ratios.overBareLoop} of a, ${ratios.overScript} times b, ${megabytes ?? "?"} MB`,
  );
  print(`    ${words(ours)}`);
  return { ...result, ratios };
}

/** (a) and (c) with the broker's answers held back, by turns. */
async function delayed() {
  const bare: number[] = [];
  const ours: EngineRun[] = [];
  for (const n of rounds) {
    say(`${n} of ${RUNS}: answers ${DELAY} ms late`);
    await seed(stack, `bare-delayed-${n}`, MESSAGES);
    say("  (a) bare loop on the SDK …");
    bare.push(await bySdk(stack, "bare", `bare-delayed-${n}`, MESSAGES, DELAY));
    say("  (c) this engine …");
    await seed(stack, `engine-delayed-${n}`, MESSAGES);
    ours.push(await engine(stack, `engine-delayed-${n}`, MESSAGES, DELAY));
  }
  const { perSecond, megabytes, runs } = ofRuns(ours);
  const overBareLoop = share(perSecond, middle(bare));
  print(`answers ${DELAY} ms late        a ${spread(bare)}/s, c ${rate(ours)}   ${overBareLoop} of a`);
  return {
    ...{ bareLoopPerSecond: middle(bare), enginePerSecond: perSecond, overBareLoop, megabytes },
    ...{ bareLoopRuns: bare, engineRuns: runs },
  };
}

/** (c) as often out of a DLQ of this depth. */
async function atDepth(depth: number) {
  say(`${RUNS} times ${OF_DEPTH} of ${depth} in the DLQ …`);
  const warm = { queue: `warm-${depth}`, count: WARM };
  const runs = await engineAtDepth(stack, { queue: `depth-${depth}`, depth, count: OF_DEPTH, times: RUNS, warm });
  print(`${String(depth).padStart(7)} in the DLQ         ${OF_DEPTH} at ${rate(runs)}   ${words(runs)}`);
  return { depth, ...ofRuns(runs) };
}

try {
  print(`medians of ${RUNS} ${RUNS === 1 ? "run" : "runs (the least and the most)"}`);
  const { bare, script, ours, ratios } = await compared();
  const late = values.quick ? null : await delayed();
  const depths: Awaited<ReturnType<typeof atDepth>>[] = [];
  for (const depth of DEPTHS) depths.push(await atDepth(depth));
  const verdicts = verdictsOf({
    ...ratios,
    delayMs: DELAY,
    delayedOverBareLoop: late?.overBareLoop ?? null,
    megabytes: [ours, ...(late === null ? [] : [late]), ...depths].map(({ megabytes }) => megabytes),
    depths: depths.map(({ depth, runs }) => ({ depth, costs: runs.map(({ cost }) => cost) })),
  });
  print(`\nThe aims, set for ${AIM.messages} messages in one run (here ${MESSAGES}, ${SLOW} for b):`);
  for (const verdict of verdicts) print(wordsOf(verdict));
  const result = {
    ...{ messages: MESSAGES, scriptMessages: SLOW, runs: RUNS },
    ...{ bareLoopPerSecond: middle(bare), bareLoopRuns: bare, scriptPerSecond: middle(script), scriptRuns: script },
    ...{ engine: ours, ...ratios, delayMs: DELAY, delayed: late, depths, verdicts },
  };
  if (values.json) console.log(JSON.stringify(result));
} finally {
  await stack.close();
}
