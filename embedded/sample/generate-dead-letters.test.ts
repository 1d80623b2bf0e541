import { describe, expect, it } from "vitest";
import { ALL_CONSUMERS } from "./consumers/all-consumers";
import { loadEntities } from "./entities";
import { generateDeadLetters } from "./generate-dead-letters";
import { createRuleMatcher } from "./match-rules";
import type { SimulatedDeadLetter } from "./simulate";
import { SCENARIOS } from "./traffic/scenarios";
import { loadWebhookExamples } from "./traffic/webhooks";

const EPOCH = new Date("2026-03-29T00:30:00Z");
const HOUR_MS = 3_600_000;
const entities = loadEntities();
const examples = loadWebhookExamples();
const generate = (scale: "small" | "full") =>
  generateDeadLetters(scale, { entities, matches: createRuleMatcher(entities), epoch: EPOCH }, examples);
const small = generate("small");

const ageHours = (deadLetter: SimulatedDeadLetter) => (EPOCH.getTime() - deadLetter.enqueuedAt.getTime()) / HOUR_MS;

describe("the sample's past", () => {
  it.each(SCENARIOS)("$name dies in $entity as $reason", ({ entity, reason }) => {
    const found = small.filter((deadLetter) => deadLetter.entity === entity && deadLetter.reason === reason);
    expect(found.length).toBeGreaterThanOrEqual(6);
    const ages = found.map(ageHours);
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(3);
    for (const { description } of found) expect(description).toMatch(/\S/);
  });

  it("has nothing that no scenario tells of", () => {
    const told = new Set(SCENARIOS.map(({ entity, reason }) => `${entity} ${reason}`));
    expect(new Set(small.map(({ entity, reason }) => `${entity} ${reason}`))).toEqual(told);
  });

  it("is the same every time, oldest first", () => {
    const again = generate("small");
    expect(again.map(({ message, enqueuedAt }) => [message.messageId, enqueuedAt])).toEqual(
      small.map(({ message, enqueuedAt }) => [message.messageId, enqueuedAt]),
    );
    const times = small.map((deadLetter) => deadLetter.enqueuedAt.getTime());
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  it("is some hundreds at small scale and some thousands at full, of minutes to more than a week", () => {
    expect(small.length).toBeGreaterThan(350);
    expect(small.length).toBeLessThan(500);
    const full = generate("full");
    expect(full.length).toBeGreaterThan(4_000);
    expect(full.length).toBeLessThan(6_000);
    const ages = full.map(ageHours);
    expect(Math.min(...ages)).toBeLessThan(1);
    expect(Math.max(...ages)).toBeGreaterThan(7 * 24);
    const ids = full.map(({ entity, message }) => `${entity} ${message.messageId}`);
    expect(new Set(ids).size).toBe(ids.length);
  }, 30_000);

  it("gives delivery counts as the broker counts them", () => {
    const countsOf = (reason: string, entity: string) =>
      new Set(small.filter((one) => one.reason === reason && one.entity === entity).map((one) => one.deliveryCount));
    expect(countsOf("MaxDeliveryCountExceeded", "payments")).toEqual(new Set([5]));
    expect(countsOf("MaxDeliveryCountExceeded", "shipments")).toEqual(new Set([3]));
    expect(countsOf("TTLExpiredException", "notifications")).toEqual(new Set([6]));
    expect(countsOf("ValidationFailed", "orders")).toEqual(new Set([0]));
  });

  it("knows a consumer for every queue and subscription, and no other", () => {
    const paths = entities.map((entity) => entity.path).sort();
    expect(ALL_CONSUMERS.map((consumer) => consumer.entity).sort()).toEqual(paths);
  });
});
