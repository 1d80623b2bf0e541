import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import type { FaultRequest } from "../../../embedded/broker/control/fault-plan";
import { type BrokerAddress, type ReplayBench, SHORT } from "../replay-bench";
import { control } from "./broker-control";
import type { Query } from "./item-history";
import { judgeHeld, untilCompleted } from "./judge-held";
import { randomFrom } from "./kill-run";
import { fillLane, judgeLane, type Lane, type LaneReplay, type PlannedLane, planLane } from "./lanes";
import type { StatementKind } from "./ledger-statements";
import { type Loss, type LossKind, LossWire } from "./loss-wire";
import { WorkerPool } from "./worker-pool";

/** A round for each focus, and few losses in it: what the last of them left behind nothing later mends. */
export const ROUND_LOSSES = 10;
const LANE_MESSAGES = 80;
/** A statement that has not come by then, because everything waits for locks: something else is struck. */
const AIM_MS = 3_000;
/** After the faults locks, leases and evidence take their time; for so long no item may come to its end, and no longer. */
const END_MS = 90_000;
/** Beyond a lock, so that a statement may run when its item has been locked and intended anew. */
const LATEST_MS = 8_000;
/** Share of the losses that follow at once: what is done about one answer loses its own. */
const FOLLOWING_SHARE = 1 / 3;
/** Share of the moments at which the broker's answers are lost, too. */
const BROKER_SHARE = 1 / 5;

/** What a round strikes; null: whatever comes. */
type Focus = readonly StatementKind[] | null;

/**
 * A round with a focus strikes such statements alone, each on its own connection: any other loss would have the worker look at all that it holds, which mends what
 * it forgets about these.
 */
export const FOCUSES: readonly Focus[] = [["intend"], ["claim"], ["record"], ["item", "commit"], ["close"], null];
/** What the worker does about a loss. */
const ANSWERS: readonly StatementKind[] = ["item", "commit"];
const FOCUSED: readonly LossKind[] = ["lose", "lose", "late", "late", "silence"];
const ANY: readonly LossKind[] = ["lose", "late", "silence", "refuse"];

/** No duplicate detection: nothing but the ledger keeps a second copy away. */
export const LOSS_LANES: readonly Lane[] = (["queue", "session"] as const).flatMap((shape): Lane[] => [
  { name: `${shape}-held`, shape, detectionSeconds: null, doubtPolicy: "hold" },
  { name: `${shape}-again`, shape, detectionSeconds: null, doubtPolicy: "send-again" },
]);

export interface LossRun {
  readonly seed: number;
  readonly losses: number;
  /** Losses by what was done. */
  readonly kinds: Readonly<Partial<Record<LossKind, number>>>;
  /** Statements that had written something and whose answer nobody got. */
  readonly lost: Readonly<Partial<Record<StatementKind, number>>>;
  readonly brokerFaults: number;
  readonly rounds: number;
  readonly messages: number;
  readonly doubts: number;
  readonly judged: number;
  readonly secondCopies: number;
  readonly seconds: number;
  /** Every rule that was broken, and what ended the run before its time; empty when all held. */
  readonly found: readonly string[];
}

export interface LossRunOptions {
  readonly losses: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
  /** Ends the run after the round under way, which is judged like the others. */
  readonly signal?: AbortSignal;
}

interface LossStack {
  readonly bench: ReplayBench;
  readonly query: Query;
  readonly broker: BrokerAddress;
}

interface Totals {
  losses: number;
  brokerFaults: number;
  rounds: number;
  messages: number;
  doubts: number;
  judged: number;
  secondCopies: number;
}

/**
 * Loses answers of the database, and now and then of the broker, at random while one and two workers by turns replay all lanes. After the faults of a round the
 * replays must end by themselves, but for the doubt that a person judges, with every item settled, and everything is judged by the broker's record. The seed
 * fixes what is struck how; when it comes by depends on the machine.
 */
export async function runLosses(
  stack: LossStack,
  { losses: wanted, seed, say = () => {}, signal }: LossRunOptions,
): Promise<LossRun> {
  const began = performance.now();
  const random = randomFrom(seed);
  const total: Totals = { losses: 0, brokerFaults: 0, rounds: 0, messages: 0, doubts: 0, judged: 0, secondCopies: 0 };
  const kinds: Partial<Record<LossKind, number>> = {};
  const found: string[] = [];
  const { config } = stack.bench;
  const { hostname: host, port } = new URL(config.databaseUrl);
  const wire = await LossWire.start({ host, port: Number(port) });
  const pool = new WorkerPool(
    { config: { ...config, databaseUrl: wire.address(config.databaseUrl) }, timing: SHORT, scans: false },
    1,
  );
  try {
    while (total.losses < wanted && signal?.aborted !== true) {
      const replays = await planRound(stack.bench, `${seed}-${total.rounds}`, random);
      const until = Math.min(wanted, total.losses + ROUND_LOSSES);
      const focus = FOCUSES[total.rounds % FOCUSES.length] as Focus;
      // Each focus with one and with two workers, by turns.
      pool.keep(1 + ((total.rounds + Math.floor(total.rounds / FOCUSES.length) + seed) % 2));
      const play = async (atOnce: boolean) => {
        const kind = await strike(stack.broker, wire, { total, focus, random, atOnce });
        if (kind === null) return;
        total.losses += 1;
        kinds[kind] = (kinds[kind] ?? 0) + 1;
      };
      // The first statements are struck like the later ones: nobody is at work before.
      await Promise.all([play(true), ...replays.map(({ start }) => start())]);
      for (let lookAt = 0; total.losses < until; ) {
        await play(random() < FOLLOWING_SHARE);
        if (performance.now() < lookAt) continue;
        const { judged, open } = await judgeHeld(stack, replays);
        total.judged += judged;
        if (open.length === 0) break;
        lookAt = performance.now() + 1_000;
      }
      wire.calm();
      await control(stack.broker, "DELETE", "/faults");
      await untilCompleted(stack, replays, END_MS);
      for (const replay of replays) found.push(...(await judgeRound(stack, replay, total)));
      await stack.bench.resetRecord();
      total.rounds += 1;
      say(`${total.losses} of ${wanted} losses, ${total.doubts} doubts, ${found.length} rules broken`);
    }
    found.push(...(await pool.end()));
  } catch (error) {
    const log = pool.alive.flatMap(({ lines }) => lines.slice(-40));
    found.push(`broke off after ${total.losses} losses: ${inspect(error)}\n${log.join("\n")}`);
  } finally {
    pool.killAll();
    await wire.close();
    found.push(...pool.fallen);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  return { seed, ...total, kinds, lost: Object.fromEntries(wire.lost), seconds, found };
}

async function planRound(bench: ReplayBench, round: string, random: () => number): Promise<PlannedLane[]> {
  await Promise.all(LOSS_LANES.map((lane) => fillLane(bench, lane, LANE_MESSAGES, round)));
  await bench.index();
  const replays: PlannedLane[] = [];
  for (const lane of LOSS_LANES) {
    // Slow enough for a lane to be claimed in several windows, fast enough for most asks to be granted permits.
    const rate = 15 + Math.floor(random() * 26);
    replays.push(await planLane(bench, lane, { rate, burst: 1 + Math.floor(random() * 5) }));
  }
  return replays;
}

/** One loss, soon after the one before or at once; answers what it was, or null when nothing came by that it could strike. */
async function strike(
  broker: BrokerAddress,
  wire: LossWire,
  { total, focus, random, atOnce }: { total: Totals; focus: Focus; random: () => number; atOnce: boolean },
): Promise<LossKind | null> {
  if (!atOnce) await delay(random() * 700);
  if (random() < BROKER_SHARE) {
    await striking(broker, random);
    total.brokerFaults += 1;
  }
  const kind = pick(focus === null ? ANY : FOCUSED, random);
  const loss: Loss = {
    kind,
    aim: focus === null ? null : atOnce ? [...focus, ...ANSWERS] : focus,
    everyone: focus === null && random() < 0.5,
    ms: kind === "refuse" ? 300 + random() * 900 : random() * random() * LATEST_MS,
    delivers: random() < 0.5,
  };
  return (await wire.play(loss, AIM_MS)) === null ? null : kind;
}

/** The broker takes the next copies or removals and says nothing, or cuts every connection. */
async function striking(broker: BrokerAddress, random: () => number): Promise<void> {
  const { name } = pick(LOSS_LANES, random);
  const faults: readonly (FaultRequest | "cut")[] = [
    { fault: "cut-after-send", entity: name, times: 1 },
    { fault: "lose-settlement-reply", entity: `${name}/$DeadLetterQueue`, times: 2 },
    { fault: "lose-lock", entity: `${name}/$DeadLetterQueue`, times: 3 },
    "cut",
  ];
  const fault = pick(faults, random);
  if (fault === "cut") await control(broker, "POST", "/cut-connections");
  else await control(broker, "POST", "/faults", fault);
}

function pick<T>(of: readonly T[], random: () => number): T {
  return of[Math.floor(random() * of.length)] as T;
}

/** What the broker and the ledger say of a replay that has ended, and whether every item has. */
async function judgeRound(stack: LossStack, replay: LaneReplay, total: Totals): Promise<string[]> {
  const { case: given, found } = await judgeLane(stack, replay, SHORT.sendTimeoutMs);
  const arrived = given.target.filter(({ event }) => event === "accepted").length;
  total.messages += given.items.length;
  total.doubts += given.transitions.filter(({ to }) => to === "uncertain").length;
  total.secondCopies += Math.max(0, arrived - given.items.length);
  const open = given.items.filter(({ state }) => state !== "settled");
  const broken = open.map(({ key, state }) => `${given.name} ${key}: ${state} at the end, and nobody refused it`);
  const all = [...found, ...broken];
  return all.length === 0 ? [] : [...all, await historyOf(stack, replay, all)];
}

/** Every change of the items that the words name. */
async function historyOf({ query }: LossStack, { id }: LaneReplay, words: readonly string[]): Promise<string> {
  const rows = await query<{ key: string; line: string }>(
    `SELECT i.key, concat_ws(' ', i.key, i.id, h.was, '->', h.state, 'attempt', h.attempt, pg_xact_commit_timestamp(h.xmin)) AS line
     FROM item_history h JOIN replay_item i ON i.id = h.item_id WHERE h.replay_id = $1 ORDER BY h.n`,
    [id],
  );
  return rows
    .filter(({ key }) => words.some((said) => said.includes(` ${key}: `) || said.includes(` ${key} `)))
    .map(({ line }) => line)
    .join("\n");
}
