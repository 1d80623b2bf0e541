import { amqpString } from "@/lib/amqp/values";
import type { PlanReplay } from "@/lib/contracts/replays";
import type { ItemState } from "@/lib/domain/replay-states";
import type { EmulatorConfig } from "../../../embedded/broker/start-broker";
import { dataBody, messageProperties } from "../messages";
import { ALL_MESSAGES, emulatorConfig, queueOf, type ReplayBench } from "../replay-bench";
import { type Query, readItemHistory } from "./item-history";
import { type Case, judge, type Sends } from "./judge";

export const SHAPES = ["queue", "topic", "session"] as const;

/** A target with the dead letters that are replayed to it. */
export interface Lane {
  readonly name: string;
  readonly shape: (typeof SHAPES)[number];
  /** Duplicate detection of the target, seconds; null: none. */
  readonly detectionSeconds: number | null;
  readonly doubtPolicy: PlanReplay["doubtPolicy"];
  /** Default: the shortest that there is. */
  readonly lockSeconds?: number;
}

/** A replay of a lane that is planned or under way. */
export interface LaneReplay {
  readonly lane: Lane;
  readonly id: string;
  readonly rate: number;
  readonly burst: number;
}

export interface PlannedLane extends LaneReplay {
  start(): Promise<void>;
}

/** The shortest lock that Service Bus allows. */
export const LOCK_MS = 5_000;
const SUBSCRIPTION = "all";
/** Sessions of a lane with sessions. */
export const SESSIONS = 6;

/** Entities of the lanes, for the embedded broker. */
export function laneEntities(lanes: readonly Lane[]): EmulatorConfig {
  const lock = ({ lockSeconds = LOCK_MS / 1000 }: Lane) => ({ LockDuration: `PT${lockSeconds}S` });
  const detection = ({ detectionSeconds: seconds }: Lane) =>
    seconds === null ? {} : { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: `PT${seconds}S` };
  return emulatorConfig({
    queues: lanes
      .filter(({ shape }) => shape !== "topic")
      .map((lane) =>
        queueOf(lane.name, {
          ...lock(lane),
          ...detection(lane),
          ...(lane.shape === "session" ? { RequiresSession: true } : {}),
        }),
      ),
    topics: lanes
      .filter(({ shape }) => shape === "topic")
      .map((lane) => ({
        Name: lane.name,
        Properties: detection(lane),
        Subscriptions: [
          {
            Name: SUBSCRIPTION,
            Properties: { ...lock(lane), MaxDeliveryCount: 3 },
            Rules: [ALL_MESSAGES],
          },
        ],
      })),
  });
}

/** A queue with detection and one without, doubt held for a person. */
export function bothDetections(name: string): Lane[] {
  return [600, null].map((detectionSeconds) => ({
    name: `${name}-${detectionSeconds === null ? "plain" : "detecting"}`,
    shape: "queue",
    detectionSeconds,
    doubtPolicy: "hold",
  }));
}

/** The entity whose dead-letter queue the lane's originals lie in. */
export function sourceOf({ name, shape }: Lane): string {
  return shape === "topic" ? `${name}/Subscriptions/${SUBSCRIPTION}` : name;
}

/** Fills a lane's dead-letter queue. Ids differ from those of other rounds, which a target may still know. */
export async function fillLane(bench: ReplayBench, lane: Lane, count: number, round: string): Promise<void> {
  await bench.seed(
    sourceOf(lane),
    Array.from({ length: count }, (_, n) => ({
      properties: messageProperties({
        messageId: amqpString(`${lane.name}-${round}-${n}`),
        ...(lane.shape === "session" ? { groupId: amqpString(`s-${n % SESSIONS}`) } : {}),
      }),
      body: [dataBody(`{"n": ${n}, "of": "${lane.name}", "round": "${round}"}`)],
    })),
  );
}

export async function planLane(
  bench: ReplayBench,
  lane: Lane,
  { rate, burst }: { rate: number; burst: number },
): Promise<PlannedLane> {
  const { id, start } = await bench.plan(sourceOf(lane), {
    rate,
    burst,
    doubtPolicy: lane.doubtPolicy,
    // Both ways to name a copy, over the lanes.
    messageIdPolicy: lane.shape === "topic" ? "new" : "preserve",
  });
  return { lane, id, rate, burst, start };
}

interface ItemRow extends Record<string, unknown> {
  readonly id: string;
  readonly key: string;
  readonly ordinal: number;
  readonly sessionId: string | null;
  readonly state: ItemState;
}

/** Everything that the broker and the ledger say of a lane's replay. */
export async function readCase(
  stack: { bench: ReplayBench; query: Query },
  replay: LaneReplay,
  sendTimeoutMs: number,
): Promise<Case> {
  const { bench } = stack;
  const source = sourceOf(replay.lane);
  return {
    ...(await readSends(stack, replay, sendTimeoutMs)),
    source: await bench.record(`${source}/$DeadLetterQueue`),
    left: await keysLeft(bench, source),
  };
}

/** The same of what it sent alone. */
export async function readSends(
  { bench, query }: { bench: ReplayBench; query: Query },
  { lane, id, rate, burst }: LaneReplay,
  sendTimeoutMs: number,
): Promise<Sends> {
  const items = await query<ItemRow>(
    `SELECT id::text, key, ordinal, session_id AS "sessionId", state FROM replay_item WHERE replay_id = $1`,
    [id],
  );
  const [shown] = await query<{ items: number }>(
    `SELECT coalesce(sum((detail ->> 'items')::int), 0)::int AS items FROM audit_event
     WHERE replay_id = $1 AND action = 'replay.item-uncertain'`,
    [id],
  );
  return {
    name: lane.name,
    detection: lane.detectionSeconds !== null,
    mayResend: lane.doubtPolicy === "send-again",
    ordered: lane.shape === "session",
    rate,
    burst,
    sendTimeoutMs,
    items,
    transitions: await readItemHistory(query, id),
    target: await bench.record(lane.name),
    shownUncertain: shown?.items ?? 0,
  };
}

export async function judgeLane(
  stack: { bench: ReplayBench; query: Query },
  replay: LaneReplay,
  sendTimeoutMs: number,
): Promise<{ case: Case; found: string[] }> {
  const given = await readCase(stack, replay, sendTimeoutMs);
  return { case: given, found: judge(given) };
}

export async function keysLeft(bench: ReplayBench, entityPath: string): Promise<Set<string>> {
  const keys = new Set<string>();
  for (let from = 0n; ; ) {
    const page = await bench.broker.peek({ entityPath, subQueue: "dead-letter" }, from, 250);
    const last = page.at(-1);
    if (last === undefined) return keys;
    for (const { key } of page) keys.add(key);
    from = last.position + 1n;
  }
}
