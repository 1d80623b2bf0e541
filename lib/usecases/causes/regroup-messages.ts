import { causeOf, type ReadyRule } from "@/lib/domain/cause-rules";
import { fingerprintOf, fingerprintOfSignature, SIGNATURE_VERSION } from "@/lib/domain/fingerprint";
import type { Store, StoreScope } from "@/lib/store/ports";
import type { GroupedMessage } from "@/lib/store/ports/causes";
import { readyRules } from "./ready-rules";

/** Messages of one transaction. */
const BATCH = 1_000;
/** Causes of one transaction that get the fingerprint of a newer version. */
const CAUSES = 200;

/**
 * One step of putting messages to their causes again, after a rule was made or ended or the fingerprint has a new version. False: there
 * is nothing to do now. A worker that dies in it leaves nothing behind; several workers take different regroupings.
 */
export async function regroupMessages(context: { readonly store: Store }): Promise<boolean> {
  const { store } = context;
  return store.transaction(async (tx) => {
    if (await adoptVersion(tx)) return true;
    const next = await tx.causes.nextToRegroup(BATCH);
    if (next === null) return false;
    const { regrouping, through } = next;
    const rules = await followParted(tx, await readyRules(tx), next.messages);
    if (regrouping.pass === 0) {
      await tx.causes.advanceRegrouping(regrouping.id, { lookedAt: 0, moved: 0, through });
      return true;
    }
    const moves = next.messages.flatMap((message) => {
      const identity = causeOf(message, message.queueId, rules);
      return identity.fingerprint === message.fingerprint ? [] : [{ id: message.id, identity }];
    });
    const moved = await tx.causes.regroup(moves);
    await tx.causes.linkRuleCauses();
    await tx.causes.advanceRegrouping(regrouping.id, { lookedAt: next.messages.length, moved, through });
    return true;
  });
}

/**
 * A rule that splits a cause knows it by its fingerprint. Messages of the rule's cause that a new version parts from the one that was
 * split stay where they are: the rule knows their new fingerprint from now on. All of them are looked at before any message is moved, so
 * that what a scan takes in meanwhile is found by complete rules. Returns the rules as they are then.
 */
async function followParted(
  tx: StoreScope,
  rules: readonly ReadyRule[],
  messages: readonly GroupedMessage[],
): Promise<readonly ReadyRule[]> {
  const within = new Map(rules.filter((rule) => rule.within.length > 0).map((rule) => [rule.id, new Set(rule.within)]));
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  for (const message of messages) {
    if (message.ruleId === null) continue;
    const fingerprints = within.get(message.ruleId);
    if (fingerprints === undefined || byId.get(message.ruleId)?.matches(message) !== true) continue;
    const { fingerprint } = fingerprintOf(message);
    if (fingerprints.has(fingerprint)) continue;
    fingerprints.add(fingerprint);
    await tx.causes.widenRule(message.ruleId, fingerprint);
  }
  return rules.map((rule) => ({ ...rule, within: [...(within.get(rule.id) ?? [])] }));
}

/**
 * Gives causes of an older version the fingerprint of this one, by a message of theirs, so that what people said of them goes on;
 * then the messages that the new version parts from them are moved. True: there was something to do.
 */
async function adoptVersion(tx: StoreScope): Promise<boolean> {
  const outdated = await tx.causes.outdated(SIGNATURE_VERSION, CAUSES);
  if (outdated.length === 0) return false;
  const noRules: readonly ReadyRule[] = [];
  for (const { cause, message } of outdated) {
    const identity =
      message === null
        ? { ...fingerprintOfSignature(cause.reason, cause.signature), ruleId: null }
        : causeOf(message, cause.queueId, noRules);
    await tx.causes.adopt(cause.id, identity);
  }
  if (outdated.length < CAUSES) {
    const splits = (await readyRules(tx)).some(({ within }) => within.length > 0);
    const why = `error texts are read by version ${SIGNATURE_VERSION} of the grouping`;
    await tx.causes.startRegrouping(null, why, splits ? 0 : 1);
  }
  return true;
}
