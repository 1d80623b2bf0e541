import { setTimeout as delay } from "node:timers/promises";
import { ServiceBusClient } from "@azure/service-bus";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { DEFAULT_POLICY } from "@/lib/domain/queue-policy";
import { OPEN_ITEM_STATES } from "@/lib/domain/replay-states";
import { control } from "@/lib/testing/chaos/broker-control";
import { untilCompleted } from "@/lib/testing/chaos/judge-held";
import { bothDetections, fillLane, judgeLane, type Lane, type PlannedLane, planLane } from "@/lib/testing/chaos/lanes";
import { chaosStack, plannedFaults } from "@/lib/testing/chaos/test-stack";
import { WorkerPool } from "@/lib/testing/chaos/worker-pool";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { SHORT } from "@/lib/testing/replay-bench";
import { resumeReplay } from "@/lib/usecases/replays/resume-replay";
import type { FaultRequest } from "../embedded/broker/control/fault-plan";

/** What the broker does wrong to one entity, and how the replay into it ends: by itself, or paused with such a reason. */
interface EntityFault {
  readonly name: string;
  readonly fault: (entity: string) => FaultRequest;
  /** What has to go wrong besides, so that it comes to this at all. */
  readonly besides?: (entity: string) => FaultRequest;
  /** What happens to the entity before the fault, and when that is there. */
  readonly before?: (entity: string) => Promise<void>;
  readonly after?: (entity: string) => Promise<void>;
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
  // Counts are read where a policy has a bound. Were they true, the first two of these would pause and the third would not.
  "lag-counts": [
    {
      name: "frozen-low",
      before: bound,
      fault: (entity) => ({ fault: "lag-counts", entity, read: "frozen" }),
      after: wait,
    },
    { name: "zero", before: bound, fault: (entity) => ({ fault: "lag-counts", entity, read: "zero" }), after: wait },
    {
      name: "frozen-high",
      before: async (entity) => {
        await bound(entity);
        await wait(entity);
      },
      fault: (entity) => ({ fault: "lag-counts", entity, read: "frozen" }),
      after: readAll,
      // What is told is what the broker says, and that it says it: nothing waits any more.
      pauses: /^the broker counts 60 messages waiting in frozen-high-\w+, more than the 50 /,
    },
  ],
};

/** What goes wrong for everybody. Answers how often it struck. */
const COMMON_FAULTS: readonly { readonly name: string; readonly strike: () => Promise<() => Promise<number>> }[] = [
  { name: "short-peek", strike: () => planCounted({ fault: "short-peek", messages: 1, times: 100 }) },
  { name: "slow", strike: () => planCounted({ fault: "slow-links", delayMs: 300, times: 60 }) },
  { name: "mute", strike: () => planCounted({ fault: "slow-links", delayMs: 2 * SHORT.sendTimeoutMs, times: 8 }) },
  {
    name: "credits",
    strike: async () => {
      const before = await creditsRefused();
      await control(stack.broker, "POST", "/credits", { perSecond: 25 });
      await delay(4_000);
      await control(stack.broker, "POST", "/credits", { perSecond: null });
      const refused = (await creditsRefused()) - before;
      return async () => refused;
    },
  },
  {
    name: "connections",
    strike: async () => {
      let struck = 0;
      for (let n = 0; n < 5; n++) {
        const underWay = await itemsOpen("connections");
        const { cut } = (await control(stack.broker, "POST", "/cut-connections")) as { cut: number };
        struck += Math.min(cut, underWay);
        await delay(400 + Math.random() * 600);
      }
      return async () => struck;
    },
  },
  {
    name: "clock",
    strike: async () => {
      // Every lock that is held runs out at once. What is open is locked: it is less than a worker sends in two seconds.
      let struck = 0;
      for (let n = 0; n < 3; n++) {
        struck += await itemsOpen("clock");
        await control(stack.broker, "POST", "/clock", { advanceMs: 10_000 });
        await delay(700);
      }
      return async () => struck;
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

/** Plans what goes wrong for everybody; answers how to learn how often it has. */
async function planCounted(fault: Extract<FaultRequest, { fault: "short-peek" | "slow-links" }>) {
  await plan(fault);
  return async () => {
    const listed = (await plannedFaults(stack.broker)).find((other) => other.fault === fault.fault);
    return listed?.struck ?? fault.times ?? 0;
  };
}

async function creditsRefused(): Promise<number> {
  return ((await control(stack.broker, "GET", "/credits")) as { refused: number }).refused;
}

/** Of the replays into such lanes, how many items have yet to come to their end. */
async function itemsOpen(name: string): Promise<number> {
  const rows = await stack.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM replay_item i JOIN replay r ON r.id = i.replay_id
     WHERE r.target_path LIKE $1 || '-%' AND i.state = ANY($2)`,
    [name, OPEN_ITEM_STATES],
  );
  return rows[0]?.n ?? 0;
}

/** More messages than this may not wait in the entity. */
async function bound(entity: string): Promise<void> {
  const queueId = await stack.bench.queueId(entity);
  const { version } = await stack.bench.store.policies.read(queueId);
  const policy = { ...DEFAULT_POLICY, backlogBound: 50, version };
  expect(await stack.bench.store.policies.save(queueId, policy, stack.bench.actor.id)).toBe(true);
}

async function wait(entity: string): Promise<void> {
  const message = { properties: messageProperties({}), body: [dataBody("before the replay")] };
  await stack.bench.seed(entity, Array<typeof message>(60).fill(message), null);
}

async function readAll(entity: string): Promise<void> {
  const client = new ServiceBusClient(stack.broker.connectionString);
  const receiver = client.createReceiver(entity, { receiveMode: "receiveAndDelete" });
  for (let left = 60; left > 0; ) left -= (await receiver.receiveMessages(left, { maxWaitTimeInMs: 2_000 })).length;
  await client.close();
}

async function planned(lanes: readonly Lane[], rate = 20): Promise<PlannedLane[]> {
  const replays: PlannedLane[] = [];
  for (const lane of lanes) replays.push(await planLane(stack.bench, lane, { rate, burst: 4 }));
  return replays;
}

/** What could not go is not sent; the reason is said; a person clears it away and resumes. */
async function clearOncePaused(replays: readonly PlannedLane[], pauses: RegExp, refused: boolean): Promise<void> {
  for (const { id, lane } of replays) {
    const reason = await eventually(
      `${lane.name} to pause`,
      async () => (await stack.bench.detail(id)).replay.pauseReason,
      30_000,
    );
    expect(reason).toMatch(pauses);
    if (refused) expect(await stack.bench.record(lane.name)).toEqual([]);
    // A second window may be refused after the first: its pause would come after the resume.
    await eventually(`${lane.name} to be at rest`, async () => {
      const { claimed = 0, sending = 0 } = (await stack.bench.detail(id)).replay.items;
      return claimed + sending === 0;
    });
  }
  await expectStruck();
  await control(stack.broker, "DELETE", "/faults");
  for (const { id } of replays) await resumeReplay(stack.bench, { id });
}

/** Every fault that was planned for an entity has struck as often as it was told to, or at all. */
async function expectStruck(): Promise<void> {
  const unused = (await plannedFaults(stack.broker)).filter(({ left, struck }) => left !== null || struck === 0);
  expect(unused, "a fault that has not struck proves nothing").toEqual([]);
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
    besides,
    before,
    after,
    pauses,
  }) => {
    const lanes = bothDetections(name);
    for (const lane of lanes) await before?.(lane.name);
    // Consumers are looked at once a second, by a machine that may be busy.
    const replays = await planned(lanes, before === undefined ? 20 : 5);
    for (const lane of lanes) {
      if (besides !== undefined) await plan(besides(lane.name));
      await plan(fault(lane.name));
      await after?.(lane.name);
    }
    await Promise.all(replays.map(({ start }) => start()));
    if (pauses !== undefined) await clearOncePaused(replays, pauses, before === undefined);
    await untilCompleted(stack, replays, 60_000);
    await expectStruck();
    await control(stack.broker, "DELETE", "/faults");
    expect(await judgement(replays)).toEqual([]);
    if (name === "busy-sends") expect(await noticesOf(replays)).toContain("the broker is busy; trying again in");
  }, 100_000);

  it.each(COMMON_FAULTS)("R1 to R8: to everybody ($name): every replay ends right", async ({ name, strike }) => {
    const replays = await planned(bothDetections(name));
    await Promise.all(replays.map(({ start }) => start()));
    await eventually("the first copies", async () => (await stack.bench.record(`${name}-plain`)).length > 4, 20_000);
    const struck = await strike();
    await untilCompleted(stack, replays, 60_000);
    expect(await struck(), "a fault that has not struck proves nothing").toBeGreaterThan(0);
    await control(stack.broker, "DELETE", "/faults");
    expect(await judgement(replays)).toEqual([]);
  }, 90_000);
});
