import { describe, expect, test } from "vitest";
import { forwardedPath, isWatched, parseEntityPath } from "./entity-path";
import { durationSeconds } from "./entity-settings";
import { filterText } from "./rule-filter";
import { localAdministrationUrl, namespaceConnectionString, type ServiceBusConfig } from "./service-bus-config";

describe("entity paths", () => {
  test.each([
    ["orders", { kind: "queue", path: "orders", queue: "orders" }],
    ["a/b/c", { kind: "queue", path: "a/b/c", queue: "a/b/c" }],
    [
      "a/events/Subscriptions/Billing",
      { kind: "subscription", path: "a/events/subscriptions/Billing", topic: "a/events", subscription: "Billing" },
    ],
  ])("%s", (path, expected) => expect(parseEntityPath(path)).toEqual(expected));

  test.each([
    ["orders", ["*"], [], true],
    ["orders", ["ord*"], [], true],
    ["Orders", ["oRDERS"], [], true],
    ["orders-eu", ["orders"], [], false],
    ["orders-eu-1", ["*-eu-*"], [], true],
    ["events/subscriptions/billing", ["events/*"], ["*/billing"], false],
    ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ["*a*a*a*a*a*a*a*a*b"], [], false],
    ["", ["*"], [], true],
    ["orders", [], [], false],
  ])("%s under %j without %j: %s", (path, include, exclude, watched) =>
    expect(isWatched(path, include, exclude)).toBe(watched));

  test.each([
    ["sb://contoso.servicebus.windows.net/graves", "graves"],
    ["https://localhost:5300/a/b%20c/", "a/b c"],
    ["graves", "graves"],
    ["", null],
    [undefined, null],
  ])("forwarding to %s is %s", (setting, path) => expect(forwardedPath(setting)).toBe(path));
});

test.each([
  ["PT1M", 60],
  ["PT0.5S", 0.5],
  ["P7D", 604_800],
  ["P1DT2H3M4S", 93_784],
  ["a minute", null],
  [undefined, null],
])("a duration of %s is %s s", (text, seconds) => expect(durationSeconds(text)).toBe(seconds));

test("a correlation filter is the SQL that compares the same, quoted", () => {
  expect(filterText({ sqlExpression: "a = 1" })).toBe("a = 1");
  expect(filterText({})).toBe("1=1");
  expect(filterText({ subject: "it's", applicationProperties: { "a]b": "x", n: 5, on: true } })).toBe(
    "sys.Label = 'it''s' AND user.[a]]b] = 'x' AND user.[n] = 5 AND user.[on] = TRUE",
  );
});

describe("connection strings", () => {
  const config = (connectionString: string | null, administrationUrl?: string): ServiceBusConfig => ({
    name: "n",
    connectionString,
    administrationUrl,
    include: ["*"],
    exclude: [],
    entities: [],
  });

  test("an EntityPath is left off", () => {
    expect(namespaceConnectionString("Endpoint=sb://a/;EntityPath=orders;SharedAccessKey=k=")).toBe(
      "Endpoint=sb://a/;SharedAccessKey=k=",
    );
  });

  test("a real namespace is administered over HTTPS, a local one at its own address or the emulator's port", () => {
    expect(localAdministrationUrl(config("Endpoint=sb://a.servicebus.windows.net/;SharedAccessKey=k"))).toBeNull();
    expect(localAdministrationUrl(config(null))).toBeNull();
    expect(
      localAdministrationUrl(config("Endpoint=sb://localhost:5672;SharedAccessKey=k;UseDevelopmentEmulator=true"))
        ?.origin,
    ).toBe("http://localhost:5300");
    expect(
      localAdministrationUrl(config("Endpoint=sb://localhost;UseDevelopmentEmulator=true;", "http://127.0.0.1:9"))
        ?.origin,
    ).toBe("http://127.0.0.1:9");
  });
});
