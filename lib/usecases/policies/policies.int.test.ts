import { beforeEach, describe, expect, it } from "vitest";
import { policyDetail, savePolicy as savePolicyBody } from "@/lib/contracts/policies";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { type MadeQueue, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { getPolicy } from "./get-policy";
import { savePolicy } from "./save-policy";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database, "Ana Admin");
const config = madeConfig({ outbound: { allowedHosts: ["orders.internal"] } });
let queue: MadeQueue;
let queues = 0;

beforeEach(async () => {
  queues += 1;
  queue = await makeQueue(database, { entityPath: `payments-${queues}` });
});

function body(version: number, given: Partial<QueuePolicy> = {}) {
  const { version: _, ...policy } = { ...DEFAULT_POLICY, ...given };
  return savePolicyBody.parse({ version, reason: "agreed with the team", policy });
}
const save = (version: number, given: Partial<QueuePolicy> = {}) =>
  savePolicy({ store, actor, config }, { id: queue.id, ...body(version, given) });
const get = async () => policyDetail.parse(await getPolicy({ store, config }, { id: queue.id }));

const ALL: Partial<QueuePolicy> = {
  maxRate: 12.5,
  approval: "over",
  approvalOver: 50,
  protected: true,
  deduplicatesBy: "business-key",
  businessKey: "/order/id",
  doubtPolicy: "send-again",
  healthUrl: "https://orders.internal/health",
  backlogBound: 5_000,
  stamps: false,
  quietHours: { timeZone: "Europe/Berlin", windows: [{ days: [1, 7], from: "22:00", to: "06:00" }], rate: null },
};

describe("the policy of a queue", () => {
  it("is the default until somebody changes it", async () => {
    expect(await get()).toMatchObject({
      policy: DEFAULT_POLICY,
      updatedAt: null,
      updatedBy: null,
      namespaceRate: 100,
      quietUntil: null,
    });
  });

  it("comes back as it was saved, with who and when, and the audit has what was and is", async () => {
    await save(0, ALL);
    expect(await get()).toMatchObject({ policy: { ...ALL, version: 1 }, updatedBy: actor.name });
    await save(1, { ...ALL, maxRate: null, quietHours: null });
    const events = await database.query<{ reason: string; detail: { version: number; changes: object } }>(
      "SELECT reason, detail FROM audit_event WHERE action = 'policy.changed' AND queue_id = $1 ORDER BY id",
      [queue.id],
    );
    expect(events[0]?.reason).toBe("agreed with the team");
    expect(events[0]?.detail).toMatchObject({ version: 1, changes: { maxRate: { from: null, to: 12.5 } } });
    expect(events[1]?.detail).toEqual({
      version: 2,
      changes: { maxRate: { from: 12.5, to: null }, quietHours: { from: ALL.quietHours, to: null } },
    });
  });

  it("R7: is changed by one of two who read the same version, the first time as well as later", async () => {
    for (const version of [0, 1, 2]) {
      const two = await Promise.allSettled([save(version, { maxRate: 1 }), save(version, { maxRate: 2 })]);
      expect(two.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(two.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "conflict" } });
    }
    const events = await database.query("SELECT 1 FROM audit_event WHERE action = 'policy.changed' AND queue_id = $1", [
      queue.id,
    ]);
    expect(events).toHaveLength(3);
  });

  it("refuses a rate above the namespace's, an unknown queue, and a zone that the database does not know", async () => {
    await expect(save(0, { maxRate: 101 })).rejects.toMatchObject({ fields: { "policy.maxRate": "at most 100" } });
    await expect(save(0, { healthUrl: "https://elsewhere.example/" })).rejects.toMatchObject({
      fields: { "policy.healthUrl": expect.stringContaining("elsewhere.example") },
    });
    await expect(savePolicy({ store, actor, config }, { id: 999_999, ...body(0) })).rejects.toMatchObject({
      code: "not-found",
    });
    const quietHours = { timeZone: "Atlantis/Capital", windows: [{ days: [1], from: "01:00", to: "02:00" }], rate: 1 };
    expect(savePolicyBody.safeParse({ ...body(0), policy: { ...body(0).policy, quietHours } }).success).toBe(false);
    await expect(
      savePolicy({ store, actor, config }, { id: queue.id, ...body(0), policy: { ...body(0).policy, quietHours } }),
    ).rejects.toThrow("Atlantis/Capital");
  });

  it.each([
    ["a number without “over”", { approval: "always", approvalOver: 5 }],
    ["“over” without a number", { approval: "over", approvalOver: null }],
    ["a business key without saying that it counts", { deduplicatesBy: "nothing", businessKey: "id" }],
    ["an address of another kind", { healthUrl: "file:///etc/passwd" }],
    [
      "an offset for a zone",
      { quietHours: { timeZone: "+02:00", windows: [{ days: [1], from: "01:00", to: "02:00" }], rate: 1 } },
    ],
  ])("is not saved with %s", (_, given) => {
    const { version: __, ...policy } = { ...DEFAULT_POLICY, ...given };
    expect(savePolicyBody.safeParse({ version: 0, reason: "agreed", policy }).success).toBe(false);
  });
});

describe("what a replay is offered", () => {
  it("is the configured rate, or the lower one that the policy allows, and a wait that is long enough", async () => {
    expect((await get()).offered).toEqual({ rate: 20, mostRate: 100, canarySeconds: 600 });
    await save(0, { maxRate: 5 });
    expect((await get()).offered).toEqual({ rate: 5, mostRate: 5, canarySeconds: 600 });
  });
});

describe("quiet hours by the wall clock of their zone", () => {
  const at = async (quiet: QueuePolicy["quietHours"], time: string) => {
    const rows = await database.query<{ until: Date | null; ended: Date | null }>(
      "SELECT until, ended FROM quiet_hours_at($1::jsonb, $2::timestamptz)",
      [JSON.stringify(quiet), time],
    );
    return rows[0]?.until?.toISOString() ?? null;
  };
  const berlin = (from: string, to: string, days = [1, 2, 3, 4, 5, 6, 7]) => ({
    timeZone: "Europe/Berlin",
    windows: [{ days, from, to }],
    rate: null,
  });

  it.each([
    // Winter, UTC+1.
    ["before", "2026-01-14T20:59:59Z", null],
    ["at its begin", "2026-01-14T21:00:00Z", "2026-01-15T05:00:00.000Z"],
    ["after midnight", "2026-01-15T04:59:59Z", "2026-01-15T05:00:00.000Z"],
    ["at its end", "2026-01-15T05:00:00Z", null],
    // Summer, UTC+2.
    ["in summer", "2026-07-14T20:00:00Z", "2026-07-15T04:00:00.000Z"],
    // The night to 29 March is an hour short, that to 25 October an hour long.
    ["in the night that is short", "2026-03-28T22:00:00Z", "2026-03-29T04:00:00.000Z"],
    ["in the night that is long", "2026-10-24T20:00:00Z", "2026-10-25T05:00:00.000Z"],
  ])("22:00 to 06:00, %s", async (_, time, until) => {
    expect(await at(berlin("22:00", "06:00"), time)).toBe(until);
  });

  it("begin on their days alone, and last into the next", async () => {
    const friday = berlin("22:00", "06:00", [5]);
    expect(await at(friday, "2026-01-16T22:00:00Z")).toBe("2026-01-17T05:00:00.000Z");
    expect(await at(friday, "2026-01-17T04:00:00Z")).toBe("2026-01-17T05:00:00.000Z");
    expect(await at(friday, "2026-01-17T22:00:00Z")).toBeNull();
  });

  it("from and to alike is a whole day; several windows are one until the last of them ends", async () => {
    expect(await at(berlin("00:00", "00:00", [7]), "2026-01-18T12:00:00Z")).toBe("2026-01-18T23:00:00.000Z");
    const two = {
      ...berlin("10:00", "12:00"),
      windows: [...berlin("10:00", "12:00").windows, ...berlin("11:00", "14:00").windows],
    };
    expect(await at(two, "2026-01-14T10:30:00Z")).toBe("2026-01-14T13:00:00.000Z");
  });

  it("an hour that the clock leaves out is not there", async () => {
    expect(await at(berlin("02:00", "03:00"), "2026-03-29T01:00:00Z")).toBeNull();
    expect(await at(berlin("02:00", "03:00"), "2026-03-29T00:59:59Z")).toBeNull();
  });
});
