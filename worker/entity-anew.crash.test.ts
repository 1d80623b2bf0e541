import { afterAll, describe, expect, it } from "vitest";
import { control } from "@/lib/testing/chaos/broker-control";
import { judgeSends } from "@/lib/testing/chaos/judge";
import { fillLane, keysLeft, type Lane, type PlannedLane, planLane, readSends } from "@/lib/testing/chaos/lanes";
import { chaosStack } from "@/lib/testing/chaos/test-stack";
import { eventually } from "@/lib/testing/eventually";
import { SHORT } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { resumeReplay } from "@/lib/usecases/replays/resume-replay";

const MESSAGES = 60;
const lane = (name: string): Lane => ({ name, shape: "queue", detectionSeconds: null, doubtPolicy: "hold" });
const [anew, vanished] = [lane("anew"), lane("vanished")];
const stack = await chaosStack([anew, vanished]);
const worker = new WorkerProcess({ config: stack.bench.config, timing: SHORT, scans: false });
afterAll(() => worker.kill());

async function underWay(of: Lane): Promise<PlannedLane> {
  await fillLane(stack.bench, of, MESSAGES, "1");
  await stack.bench.index();
  const replay = await planLane(stack.bench, of, { rate: 10, burst: 3 });
  await worker.ready;
  await replay.start();
  await eventually("the first copies", async () => (await accepted(of)).length > 10, 20_000);
  return replay;
}

/** R2, R5: each copy that came has its committed intent, and none came twice; of the originals nobody can tell, their queue has gone. */
const judged = async (replay: PlannedLane) => judgeSends(await readSends(stack, replay, SHORT.sendTimeoutMs));

async function accepted({ name }: Lane): Promise<{ messageId: string | null; at: number }[]> {
  return (await stack.bench.record(name)).filter(({ event }) => event === "accepted");
}

/** Through the broker's administration, as somebody would do it in the portal. */
async function createQueue(name: string): Promise<void> {
  const body = `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><QueueDescription
    xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"><LockDuration>PT5S</LockDuration>
    </QueueDescription></content></entry>`;
  const answer = await fetch(`${stack.broker.administrationUrl}/${name}?api-version=2021-05`, {
    method: "PUT",
    headers: { "content-type": "application/atom+xml" },
    body,
  });
  expect(answer.status).toBe(201);
}

describe("an entity that goes in the midst of its replay", () => {
  it("R9: deleted and made anew: other messages under the same numbers are neither sent nor removed", async () => {
    const replay = await underWay(anew);
    await control(stack.broker, "POST", "/vanish", { entity: anew.name });
    const goneAt = Date.now();
    await createQueue(anew.name);
    // Numbers begin again at 1, so these have the numbers of the first forty.
    await fillLane(stack.bench, anew, 40, "2");
    const { items } = await eventually(
      "the replay to end",
      async () => {
        const { replay: now } = await stack.bench.detail(replay.id);
        // It was looked for while it did not stand: that pauses, and a person resumes.
        if (now.pauseReason?.includes("does not exist")) await resumeReplay(stack.bench, { id: replay.id });
        return now.state === "completed" ? now : null;
      },
      60_000,
    );
    expect(items.changed).toBeGreaterThan(0);
    expect(items.gone).toBeGreaterThan(0);
    expect((items.changed ?? 0) + (items.gone ?? 0) + (items.settled ?? 0) + (items.uncertain ?? 0)).toBe(MESSAGES);
    expect((await keysLeft(stack.bench, anew.name)).size).toBe(40);
    // What was on the wire may come late; nothing that was locked in the old queue is sent into the new one after that.
    expect((await accepted(anew)).filter(({ at }) => at > goneAt + SHORT.sendTimeoutMs)).toEqual([]);
    expect((await accepted(anew)).every(({ messageId }) => messageId?.startsWith("anew-1-"))).toBe(true);
    expect(await judged(replay)).toEqual([]);
  }, 100_000);

  it("R1: deleted for good: nothing more is sent, and the replay says why it does not go on", async () => {
    const replay = await underWay(vanished);
    await control(stack.broker, "POST", "/vanish", { entity: vanished.name });
    const goneAt = Date.now();
    const said = await eventually(
      "the replay to pause",
      async () => (await stack.bench.detail(replay.id)).replay.pauseReason,
      60_000,
    );
    expect(said).toContain("does not exist");
    expect((await accepted(vanished)).filter(({ at }) => at > goneAt + SHORT.sendTimeoutMs)).toEqual([]);
    const { items } = (await stack.bench.detail(replay.id)).replay;
    expect(items.planned, "what was not sent is still planned, and not called gone").toBeGreaterThan(0);
    expect(await judged(replay)).toEqual([]);
  }, 100_000);
});
