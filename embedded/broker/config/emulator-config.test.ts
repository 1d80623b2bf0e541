import { describe, expect, test } from "vitest";
import { type EmulatorConfig, parseEmulatorConfig } from "./emulator-config";
import { formatDuration, NEVER, parseDuration } from "./iso-duration";

function configOf(namespace: object): unknown {
  return { UserConfig: { Namespaces: [{ Name: "n", ...namespace }], Logging: { Type: "File" } } };
}

const queue = (properties: object): unknown => configOf({ Queues: [{ Name: "q", Properties: properties }] });
const subscription = (content: object): unknown =>
  configOf({ Topics: [{ Name: "t", Subscriptions: [{ Name: "s", ...content }] }] });
const rule = (properties: object): unknown => subscription({ Rules: [{ Name: "r", Properties: properties }] });

describe("A configuration that is refused", () => {
  const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
    ["nothing", undefined, /expected object/i],
    ["no namespace", { UserConfig: { Namespaces: [] } }, /names exactly one namespace[\s\S]*UserConfig\.Namespaces/],
    ["two namespaces", { UserConfig: { Namespaces: [{ Name: "a" }, { Name: "b" }] } }, /names exactly one namespace/],
    ["a property that nobody knows", queue({ LockDurations: "PT1M" }), /LockDurations[\s\S]*Queues\[0\]\.Properties/],
    ["a duration that is none", queue({ LockDuration: "one minute" }), /ISO-8601[\s\S]*Properties\.LockDuration/],
    ["a duration without an amount", queue({ LockDuration: "PT" }), /ISO-8601/],
    ["a lock of ten minutes", queue({ LockDuration: "PT10M" }), /PT1S to PT5M[\s\S]*Properties\.LockDuration/],
    ["a lock of half a second", queue({ LockDuration: "PT0.5S" }), /PT1S to PT5M/],
    ["a window of eight days", queue({ DuplicateDetectionHistoryTimeWindow: "P8D" }), /PT20S to P7D/],
    ["deletion after a minute", queue({ AutoDeleteOnIdle: "PT1M" }), /at least PT5M/],
    ["no deliveries at all", queue({ MaxDeliveryCount: 0 }), /MaxDeliveryCount/],
    ["a number as text", queue({ MaxDeliveryCount: "10" }), /expected number[\s\S]*MaxDeliveryCount/],
    ["an unknown status", queue({ Status: "Asleep" }), /Active[\s\S]*Status/],
    ["messages beyond 100 MB", queue({ MaxMessageSizeInKilobytes: 200_000 }), /MaxMessageSizeInKilobytes/],
    ["an entity without a name", configOf({ Queues: [{ Properties: {} }] }), /Queues\[0\]\.Name/],
    ["a name that no entity may have", configOf({ Queues: [{ Name: "a b" }] }), /Queues\[0\]\.Name/],
    ["a queue and a topic of one name", configOf({ Queues: [{ Name: "x" }], Topics: [{ Name: "X" }] }), /'X' twice/],
    ["two queues of one name", configOf({ Queues: [{ Name: "x" }, { Name: "x" }] }), /'x' twice/],
    ["an unknown kind of filter", rule({ FilterType: "Magic" }), /FilterType/],
    [
      "a filter that is not in the grammar",
      rule({ FilterType: "Sql", SqlFilter: { SqlExpression: "a = " } }),
      /'r'[\s\S]*t\/Subscriptions\/s/,
    ],
    [
      "an action that is not in the grammar",
      rule({ FilterType: "Sql", SqlFilter: { SqlExpression: "1=1" }, Action: { SqlExpression: "SETT x" } }),
      /'r'[\s\S]*t\/Subscriptions\/s/,
    ],
    ["forwarding to an entity that is not named", queue({ ForwardTo: "nowhere" }), /'q' forwards to 'nowhere'/],
    [
      "forwarding dead letters to an entity that is not named",
      subscription({ Properties: { ForwardDeadLetteredMessagesTo: "nowhere" } }),
      /'t\/Subscriptions\/s' forwards to 'nowhere'/,
    ],
  ];
  for (const [name, config, words] of REFUSED) {
    test(`${name}: the place and what was expected are said`, () => {
      expect(() => parseEmulatorConfig(config)).toThrow(words);
    });
  }
});

describe("A configuration that is taken", () => {
  test("what it leaves out is as the service has it; what it says is kept", () => {
    const config: EmulatorConfig = {
      UserConfig: {
        Namespaces: [
          {
            Name: "n",
            Queues: [
              { Name: "q", Properties: { LockDuration: "PT45S", ForwardTo: "", DefaultMessageTimeToLive: NEVER } },
            ],
            Topics: [
              {
                Name: "t",
                Subscriptions: [
                  {
                    Name: "s",
                    Properties: { MaxDeliveryCount: 3, ForwardTo: "Q" },
                    Rules: [
                      { Name: "c", Properties: { FilterType: "Correlation", CorrelationFilter: { Label: "l" } } },
                      { Name: "e", Properties: { FilterType: "Sql", SqlFilter: { SqlExpression: "a = 'b'" } } },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    };
    const { queues, topics } = parseEmulatorConfig(config);
    expect(queues[0]?.settings).toMatchObject({
      lockDurationMs: 45_000,
      maxDeliveryCount: 10,
      forwardTo: null,
      defaultTimeToLiveMs: Number.POSITIVE_INFINITY,
      status: "Active",
    });
    const subscription = topics[0]?.subscriptions[0];
    expect(subscription?.settings).toMatchObject({ maxDeliveryCount: 3, lockDurationMs: 60_000, forwardTo: "Q" });
    expect(subscription?.rules?.map(({ name, filter }) => [name, filter.type])).toEqual([
      ["c", "correlation"],
      ["e", "sql"],
    ]);
  });

  test.each([
    ["PT1M", 60_000],
    ["P14D", 14 * 86_400_000],
    ["P1DT2H3M4.5S", 93_784_500],
    ["PT0S", 0],
    [NEVER, Number.POSITIVE_INFINITY],
  ])("the duration %s is %d ms, and written so again", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  test.each(["P", "PT", "1M", "-PT1M", "PT1X", ""])("%s is no duration", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});
