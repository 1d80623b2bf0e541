import { beforeEach, describe, expect, it } from "vitest";
import { type MadeQueue, makeQueue } from "@/lib/testing/dead-letter-factory";
import { planBench } from "@/lib/testing/plan-bench";
import { changeRate } from "./change-rate";

const { database, store, actor, config, newQueue, plan, start, started, detailOf, givePolicy } = await planBench();

let queue: MadeQueue;
beforeEach(async () => {
  queue = await newQueue();
});

const paceOf = async (id: string) => (await detailOf(id)).replay.pace;

describe("quiet hours of the queue", () => {
  /** Quiet from an hour ago until an hour ahead, whatever the time is. */
  async function around(rate: number | null) {
    const [row] = await database.query<{ from: string; to: string }>(
      `SELECT to_char((now() - interval '1 hour') AT TIME ZONE 'UTC', 'HH24:MI') AS from,
              to_char((now() + interval '1 hour') AT TIME ZONE 'UTC', 'HH24:MI') AS to`,
    );
    const window = { days: [1, 2, 3, 4, 5, 6, 7], from: row?.from ?? "", to: row?.to ?? "" };
    await givePolicy({ quietHours: { timeZone: "UTC", windows: [window], rate } });
  }

  it("hold a running replay and say until when", async () => {
    const id = await started({});
    expect((await detailOf(id)).replay.hold).toBeNull();
    await around(null);
    const { replay } = await detailOf(id);
    expect(replay.hold).toMatchObject({ kind: "quiet-hours" });
    expect(replay.state).toBe("running");
    expect(await database.query("SELECT replay_sends(r) AS sends FROM replay r WHERE id = $1", [id])).toEqual([
      { sends: false },
    ]);
  });

  it("with a rate let it go on at that rate", async () => {
    const id = await started({});
    await around(2);
    const { replay } = await detailOf(id);
    expect([replay.hold, replay.pace]).toEqual([null, 2]);
    expect(await database.query("SELECT replay_sends(r) AS sends FROM replay r WHERE id = $1", [id])).toEqual([
      { sends: true },
    ]);
  });
});

describe("the maximum rate of a queue", () => {
  it("bounds a plan, and what is sent into the entity by whomever", async () => {
    await givePolicy({ maxRate: 10 });
    await expect(plan({ rate: 11 })).rejects.toMatchObject({ fields: { rate: "at most 10" } });
    await expect(plan({ rate: 5, rateCeiling: 11 })).rejects.toMatchObject({ fields: { rate: "at most 10" } });
    await expect(plan({ rate: 5, rateCeiling: 4 })).rejects.toMatchObject({ fields: { rateCeiling: "at least 5" } });
    const rows = await database.query("SELECT entity_max_rate($1, upper($2)) AS rate", [
      queue.namespaceId,
      queue.entityPath,
    ]);
    expect(rows).toEqual([{ rate: 10 }]);
  });

  it("made lower acts on a replay that runs, wherever that sends to", async () => {
    await makeQueue(database, { entityPath: `elsewhere-${queue.id}` });
    const id = await started({ rate: 50, targetPath: `elsewhere-${queue.id}` });
    await givePolicy({ maxRate: 10 });
    expect(await paceOf(id)).toBe(10);
    await expect(changeRate({ store, actor, config }, { id, rate: 20 })).rejects.toMatchObject({
      fields: { rate: "at most 10" },
    });
  });

  it("made lower after the planning refuses the start", async () => {
    const planned = await plan({ rate: 20 });
    await givePolicy({ maxRate: 10 });
    await expect(start(planned)).rejects.toMatchObject({ fields: { rate: "at most 10" } });
  });

  it("the queue's doubt policy is the plan's unless that says otherwise", async () => {
    await givePolicy({ doubtPolicy: "send-again" });
    expect((await detailOf((await plan()).id)).doubtPolicy).toBe("send-again");
    await database.query("UPDATE replay_item SET state = 'cancelled' WHERE state = 'planned'");
    expect((await detailOf((await plan({ doubtPolicy: "hold" })).id)).doubtPolicy).toBe("hold");
  });
});
