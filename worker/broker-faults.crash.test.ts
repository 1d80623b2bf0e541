import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { control } from "@/lib/testing/chaos/broker-control";
import { untilCompleted } from "@/lib/testing/chaos/judge-held";
import { bothDetections, fillLane, judgeLane, type Lane, type PlannedLane, planLane } from "@/lib/testing/chaos/lanes";
import { chaosStack, plannedFaults } from "@/lib/testing/chaos/test-stack";
import { WorkerPool } from "@/lib/testing/chaos/worker-pool";
import { eventually } from "@/lib/testing/eventually";
import { SHORT } from "@/lib/testing/replay-bench";
import { resumeReplay } from "@/lib/usecases/replays/resume-replay";
import type { FaultRequest } from "../embedded/broker/control/fault-plan";

/** What the broker does wrong to one entity, and how the replay into it ends: by itself, or paused with such a reason. */
interface EntityFault {
  readonly name: string;
  readonly fault: (entity: string) => FaultRequest;
  /** What has to go wrong besides, so that it comes to this at all. */
  readonly besides?: (entity: string) => FaultRequest;
  readonly pauses?: RegExp;
}

const refusal = (condition: string, description: string, times?: number) => (entity: string) =>
  ({ fault: "refuse-send", entity, condition, description, ...(times === undefined ? {} : { times }) }) as const;

/** By the broker's own names, so that a fault that it learns is missed here by the compiler. */
const ENTITY_FAULTS: Readonly<
  Record<Exclude<FaultRequest["fault"], "short-peek" | "slow-links">, readonly EntityFault[]>
> = {
  "server-busy": [{ name: "busy", fault: (entity) => ({ fault: "server-busy", entity, times: 2 }) }],
  "refuse-send": [
    { name: "busy-sends", fault: refusal("com.microsoft:server-busy", "Throttled. Error code: 50009.", 2) },
    {
      name: "forbidden",
      fault: refusal("amqp:unauthorized-access", "Send claims are required."),
      pauses: /may not send/,
    },
    { name: "full", fault: refusal("amqp:resource-limit-exceeded", "The quota is used up.", 2) },
    {
      name: "missing",
      fault: refusal("amqp:not-found", "The messaging entity 'orders' could not be found."),
      pauses: /does not exist/,
    },
    { name: "disabled", fault: refusal("com.microsoft:entity-disabled", "Disabled."), pauses: /cannot be sent to/ },
    { name: "too-large", fault: refusal("amqp:link:message-size-exceeded", "Too large.", 1) },
    { name: "internal", fault: refusal("amqp:internal-error", "An error of the service.", 2) },
    { name: "timeout", fault: refusal("com.microsoft:timeout", "Timed out.", 2) },
  ],
  "cut-after-send": [{ name: "cut", fault: (entity) => ({ fault: "cut-after-send", entity, times: 3 }) }],
  "lose-lock": [
    { name: "lock", fault: (entity) => ({ fault: "lose-lock", entity: `${entity}/$DeadLetterQueue`, times: 5 }) },
  ],
  "lose-settlement-reply": [
    {
      name: "settlement",
      fault: (entity) => ({ fault: "lose-settlement-reply", entity: `${entity}/$DeadLetterQueue`, times: 5 }),
    },
  ],
  "lose-management-reply": [
    {
      name: "management",
      // An original whose removal was not confirmed is looked for by peeking.
      besides: (entity) => ({ fault: "lose-settlement-reply", entity: `${entity}/$DeadLetterQueue`, times: 2 }),
      fault: () => ({ fault: "lose-management-reply", operation: "com.microsoft:peek-message", times: 1 }),
    },
  ],
  "lag-counts": [
    { name: "frozen", fault: (entity) => ({ fault: "lag-counts", entity, read: "frozen" }) },
    { name: "zero", fault: (entity) => ({ fault: "lag-counts", entity, read: "zero" }) },
  ],
};

/** What goes wrong for everybody. */
const COMMON_FAULTS: readonly { readonly name: string; readonly strike: () => Promise<void> }[] = [
  { name: "short-peek", strike: () => plan({ fault: "short-peek", messages: 1, times: 100 }) },
  { name: "slow", strike: () => plan({ fault: "slow-links", delayMs: 300, times: 60 }) },
  { name: "mute", strike: () => plan({ fault: "slow-links", delayMs: 2 * SHORT.sendTimeoutMs, times: 8 }) },
  {
    name: "credits",
    strike: async () => {
      await control(stack.broker, "POST", "/credits", { perSecond: 25 });
      await delay(4_000);
      await control(stack.broker, "POST", "/credits", { perSecond: null });
    },
  },
  {
    name: "connections",
    strike: async () => {
      for (let n = 0; n < 5; n++) {
        await control(stack.broker, "POST", "/cut-connections");
        await delay(400 + Math.random() * 600);
      }
    },
  },
  {
    name: "clock",
    strike: async () => {
      // Every lock that is held runs out at once.
      for (let n = 0; n < 3; n++) {
        await control(stack.broker, "POST", "/clock", { advanceMs: 10_000 });
        await delay(700);
      }
    },
  },
];

const MESSAGES = 30;
const ENTITY_FAULTS_IN_TURN = Object.values(ENTITY_FAULTS).flat();
const lanes = [...ENTITY_FAULTS_IN_TURN, ...COMMON_FAULTS].flatMap(({ name }) => bothDetections(name));
const stack = await chaosStack(lanes);
await Promise.all(lanes.map((lane) => fillLane(stack.bench, lane, MESSAGES, "1")));
await stack.bench.index();
// What a notice said is gone when the replay goes on.
await stack.query("CREATE TABLE said (replay_id uuid, notice text)");
await stack.query(`CREATE FUNCTION keep_notice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO said VALUES (NEW.id, NEW.notice); RETURN NULL; END $$`);
await stack.query(`CREATE TRIGGER keep_notice AFTER UPDATE OF notice ON replay FOR EACH ROW
  WHEN (NEW.notice IS NOT NULL) EXECUTE FUNCTION keep_notice()`);
const pool = new WorkerPool({ config: stack.bench.config, timing: SHORT, scans: false }, 1);
pool.keep(2);
afterAll(() => pool.killAll());
afterEach(() => control(stack.broker, "DELETE", "/faults"));

async function plan(fault: FaultRequest): Promise<void> {
  await control(stack.broker, "POST", "/faults", fault);
}

async function planned(lanes: readonly Lane[]): Promise<PlannedLane[]> {
  const replays: PlannedLane[] = [];
  for (const lane of lanes) replays.push(await planLane(stack.bench, lane, { rate: 20, burst: 4 }));
  return replays;
}

/** What could not go is not sent; the reason is said; a person clears it away and resumes. */
async function clearOncePaused(replays: readonly PlannedLane[], pauses: RegExp): Promise<void> {
  for (const { id, lane } of replays) {
    const reason = await eventually(
      `${lane.name} to pause`,
      async () => (await stack.bench.detail(id)).replay.pauseReason,
      30_000,
    );
    expect(reason).toMatch(pauses);
    expect(await stack.bench.record(lane.name)).toEqual([]);
    // A second window may be refused after the first: its pause would come after the resume.
    await eventually(`${lane.name} to be at rest`, async () => {
      const { claimed = 0, sending = 0 } = (await stack.bench.detail(id)).replay.items;
      return claimed + sending === 0;
    });
  }
  await control(stack.broker, "DELETE", "/faults");
  for (const { id } of replays) await resumeReplay(stack.bench, { id });
}

async function noticesOf(replays: readonly PlannedLane[]): Promise<string> {
  const rows = await stack.query<{ notice: string }>("SELECT notice FROM said WHERE replay_id = ANY($1::uuid[])", [
    replays.map(({ id }) => id),
  ]);
  return rows.map(({ notice }) => notice).join("\n");
}

async function judgement(replays: readonly PlannedLane[]): Promise<string[]> {
  const judged = await Promise.all(replays.map((replay) => judgeLane(stack, replay, SHORT.sendTimeoutMs)));
  return judged.flatMap(({ found }) => found);
}

describe("what the broker can do wrong", () => {
  it.each(
    ENTITY_FAULTS_IN_TURN,
  )("R1 to R8: to one entity ($name): its replay ends right, or pauses and says truly why", async ({
    name,
    fault,
    pauses,
  }) => {
    const lanes = bothDetections(name);
    const replays = await planned(lanes);
    for (const lane of lanes) await plan(fault(lane.name));
    await Promise.all(replays.map(({ start }) => start()));
    if (pauses !== undefined) await clearOncePaused(replays, pauses);
    await untilCompleted(stack, replays, 60_000);
    const unused = (await plannedFaults(stack.broker)).filter(({ left }) => left !== null);
    expect(unused, "a fault that has not struck proves nothing").toEqual([]);
    await control(stack.broker, "DELETE", "/faults");
    expect(await judgement(replays)).toEqual([]);
    if (name === "busy-sends") expect(await noticesOf(replays)).toContain("the broker is busy; trying again in");
  }, 100_000);

  it.each(COMMON_FAULTS)("R1 to R8: to everybody ($name): every replay ends right", async ({ name, strike }) => {
    const replays = await planned(bothDetections(name));
    await Promise.all(replays.map(({ start }) => start()));
    await eventually("the first copies", async () => (await stack.bench.record(`${name}-plain`)).length > 4, 20_000);
    await strike();
    await untilCompleted(stack, replays, 60_000);
    await control(stack.broker, "DELETE", "/faults");
    expect(await judgement(replays)).toEqual([]);
  }, 90_000);
});
