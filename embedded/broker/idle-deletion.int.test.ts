import { afterEach, beforeEach, expect, test } from "vitest";
import { type AmqpValue, amqpString, amqpSymbol, NULL } from "@/lib/amqp/values";
import { eventually } from "../../lib/testing/eventually";
import { described, RawClient } from "../../lib/testing/raw-amqp-client";
import { StandingClock } from "../../lib/testing/standing-clock";
import { type RunningBroker, startBroker } from "./start-broker";

/** What keeps an entity with AutoDeleteOnIdle, besides sends: whoever is there to receive. */

const MINUTE = 60_000;
const Properties = { AutoDeleteOnIdle: "PT5M" };

let clock: StandingClock;
let broker: RunningBroker;
let client: RawClient;
beforeEach(async () => {
  clock = new StandingClock(Date.UTC(2026, 10, 21));
  broker = await startBroker({
    config: {
      UserConfig: {
        Namespaces: [
          {
            Name: "idle",
            Queues: [
              { Name: "orders", Properties },
              { Name: "talks", Properties: { ...Properties, RequiresSession: true, LockDuration: "PT5M" } },
            ],
            Topics: [{ Name: "events", Properties, Subscriptions: [{ Name: "s", Properties }] }],
          },
        ],
      },
    },
    clock,
  });
  client = await new RawClient(broker.amqpPort).open();
});
afterEach(async () => {
  client.close();
  await broker.close();
});

async function stands(path: string): Promise<boolean> {
  return (await (await fetch(`${broker.administrationUrl}/${path}`)).text()).includes("Description ");
}

async function detached(): Promise<void> {
  client.detach(0);
  await client.answer(0x16);
}

for (const path of ["orders", "orders/$DeadLetterQueue", "events/Subscriptions/s"]) {
  test(`${path}: it stands while somebody waits to receive, and an idle time longer`, async () => {
    const entity = path.replace("/$DeadLetterQueue", "");
    await client.attach("receiver", path);
    for (let i = 0; i < 5; i++) clock.advance(3 * MINUTE);
    expect(await stands(entity)).toBe(true);
    await detached();
    clock.advance(4 * MINUTE);
    expect(await stands(entity)).toBe(true);
    clock.advance(2 * MINUTE);
    expect(await stands(entity)).toBe(false);
  });
}

test("a queue whose session is held stands, and an idle time longer", async () => {
  const filter: AmqpValue = {
    type: "map",
    entries: [[amqpSymbol("com.microsoft:session-filter"), amqpString("s")]],
  };
  const nulls = new Array(6).fill(NULL);
  client.attachTo("receiver", described(0x28, [amqpString("talks"), ...nulls, filter]), 0, "session");
  await client.answer(0x12);
  // The session's lock ends after five minutes, and the holder's link with it.
  clock.advance(4 * MINUTE);
  clock.advance(4 * MINUTE);
  await client.answer(0x16);
  expect(await stands("talks")).toBe(true);
  client.detach(0);
  clock.advance(6 * MINUTE);
  await eventually("the deletion", async () => !(await stands("talks")));
});

test("a topic stands while its subscription is in use, and both go afterwards", async () => {
  await client.attach("receiver", "events/Subscriptions/s");
  for (let i = 0; i < 4; i++) clock.advance(3 * MINUTE);
  await detached();
  expect(await stands("events")).toBe(true);
  clock.advance(6 * MINUTE);
  expect(await stands("events")).toBe(false);
});
