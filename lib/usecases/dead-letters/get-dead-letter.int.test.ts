import { expect, it } from "vitest";
import { deadLetterDetail } from "@/lib/contracts/dead-letters";
import { makeQueue } from "@/lib/testing/dead-letter-factory";
import { makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { getDeadLetter } from "./get-dead-letter";

const database = await testDatabase();
const store = testStore(database);
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const config = {
  tracing: {
    links: [
      { label: "Trace", url: "https://t.example/trace/{traceId}" },
      { label: "Logs", url: "https://l.example/?q={correlationId}" },
    ],
  },
};

it("leads to the trace and to the correlation id, encoded; the trace is a property, hidden with them", async () => {
  const queue = await makeQueue(database);
  const [id = "", bare = ""] = await makeSearchable(database, queue, [
    {
      key: "1",
      correlationId: "a&b",
      properties: [{ name: "Diagnostic-Id", type: "string", value: `00-${TRACE}-00f067aa0ba902b7-01` }],
    },
    { key: "2" },
  ]);
  const seen = deadLetterDetail.parse(await getDeadLetter({ store, config, mayReadPayloads: true }, { id }));
  expect(seen.trace).toMatchObject({ traceId: TRACE, property: "Diagnostic-Id" });
  expect(seen.traceLinks.map(({ url }) => url)).toEqual([
    `https://t.example/trace/${TRACE}`,
    "https://l.example/?q=a%26b",
  ]);
  const masked = await getDeadLetter({ store, config, mayReadPayloads: false }, { id });
  expect(masked).toMatchObject({ trace: null, traceLinks: [{ label: "Logs" }] });
  expect((await getDeadLetter({ store, config, mayReadPayloads: true }, { id: bare })).traceLinks).toEqual([]);
});
