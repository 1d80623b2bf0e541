import { afterEach, expect, test } from "vitest";
import { encodeValue } from "@/lib/amqp/encode-value";
import { encodeSection, SECTION } from "@/lib/amqp/sections";
import { amqpString } from "@/lib/amqp/values";
import { MovableClock } from "../clock";
import type { SubscriptionEntity } from "./entity";
import { BrokerNamespace } from "./namespace";
import type { CompiledRule } from "./rule-match";
import { DEFAULT_SUBSCRIPTION_SETTINGS, DEFAULT_TOPIC_SETTINGS } from "./settings";

const clock = new MovableClock();
afterEach(() => clock.stop());

const message = Buffer.from(
  encodeSection(
    SECTION.applicationProperties,
    encodeValue({ type: "map", entries: [[amqpString("n"), amqpString("x")]] }),
  ),
);

/** A topic with three subscriptions; `watch` replaces each one's only rule by one that tells what it sees. */
function topicWithRules(watch: (name: string, rule: CompiledRule) => CompiledRule) {
  const namespace = new BrokerNamespace("rules", clock);
  const topic = namespace.createTopic("events", DEFAULT_TOPIC_SETTINGS);
  const subscriptions = ["a", "b", "c"].map((name) =>
    namespace.createSubscription(topic, name, DEFAULT_SUBSCRIPTION_SETTINGS),
  );
  for (const subscription of subscriptions) {
    for (const [key, rule] of subscription.rules) subscription.rules.set(key, watch(subscription.name, rule));
  }
  const stored = (): number[] =>
    subscriptions.map((subscription: SubscriptionEntity) => subscription.main.messages.size);
  return { namespace, topic, stored };
}

test("every subscription's rules are asked before any subscription stores its copy", () => {
  const seen: (readonly [string, readonly number[]])[] = [];
  const { namespace, topic, stored } = topicWithRules((name, rule) => ({
    ...rule,
    matches(candidate) {
      seen.push([name, stored()]);
      return rule.matches(candidate);
    },
  }));
  namespace.routing.send(topic, [message]);
  expect(seen).toEqual([
    ["a", [0, 0, 0]],
    ["b", [0, 0, 0]],
    ["c", [0, 0, 0]],
  ]);
  expect(stored()).toEqual([1, 1, 1]);
});

test("a rule that breaks the broker itself leaves no part of the message behind", () => {
  const { namespace, topic, stored } = topicWithRules((name, rule) => ({
    ...rule,
    matches(candidate) {
      if (name === "c") throw new TypeError("a defect in the evaluator");
      return rule.matches(candidate);
    },
  }));
  expect(() => namespace.routing.send(topic, [message])).toThrow(TypeError);
  expect(stored()).toEqual([0, 0, 0]);
});
