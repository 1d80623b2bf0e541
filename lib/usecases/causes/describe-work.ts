import type { CauseNotes, CauseRuleWire, CauseWork } from "@/lib/contracts/causes";
import type { CauseFigures, CauseSummary } from "@/lib/contracts/queues";
import { guessKind } from "@/lib/domain/cause-kind";
import { causeStateAt } from "@/lib/domain/cause-states";
import type { Store } from "@/lib/store/ports";
import type { CauseRecord, CauseRuleRecord, CauseWorkRecord } from "@/lib/store/ports/causes";
import type { CommentRecord } from "@/lib/store/ports/reason-notes";
import { OWNER_ROLES } from "./require-owner";

/** Joins causes' figures with what people said of them. `at` is the time of the figures. */
export async function withWork(store: Store, causes: readonly CauseFigures[], at: Date): Promise<CauseSummary[]> {
  return joinWork(causes, await store.causes.work(causes.map((cause) => cause.id)), at);
}

/** The same with what was read of them, and of those merged into them, already. */
export function joinWork(causes: readonly CauseFigures[], work: readonly CauseWorkRecord[], at: Date): CauseSummary[] {
  const workOf = new Map(work.map((known) => [known.record.id, known]));
  const parts = new Map<string, CauseWorkRecord[]>();
  for (const part of work) {
    const { mergedInto } = part.record;
    if (mergedInto !== null) parts.set(mergedInto, [...(parts.get(mergedInto) ?? []), part]);
  }
  return causes.flatMap((cause) => {
    const own = workOf.get(cause.id);
    if (own === undefined) return [];
    const merged = parts.get(cause.id) ?? [];
    const comments = [own, ...merged].reduce((sum, part) => sum + part.comments, 0);
    const { record, reasonOwner } = own;
    return [{ ...cause, work: describeWork(record, cause, at, { reasonOwner, merged: merged.length, comments }) }];
  });
}

function describeWork(
  record: CauseRecord,
  figures: CauseFigures,
  at: Date,
  beside: Pick<CauseWork, "reasonOwner" | "merged" | "comments">,
): CauseWork {
  return {
    title: record.title,
    kind: record.kind ?? guessKind(figures),
    kindSource: record.kind === null ? "guessed" : "said",
    state: causeStateAt(record, { count: figures.count, lastSeenAt: new Date(figures.lastSeenAt) }, at),
    stateAt: record.stateAt?.toISOString() ?? null,
    snoozedUntil: record.snoozedUntil?.toISOString() ?? null,
    snoozedCount: record.snoozedCount,
    owner: record.owner,
    ruleId: record.ruleId,
    version: record.version,
    ...beside,
  };
}

/** A rule as it travels. */
export function describeRule({ within, createdAt, ...rule }: CauseRuleRecord): CauseRuleWire {
  return { ...rule, splits: within.length > 0, createdAt: createdAt.toISOString() };
}

/** What stands on a cause's page beside its figures. `merged` are the causes that were merged into it. */
export async function readNotes(store: Store, cause: CauseRecord, merged: readonly CauseRecord[]): Promise<CauseNotes> {
  const [reasonRunbook, comments, reasonComments, rules, regroupings, people] = await Promise.all([
    store.causes.reasonRunbook(cause.reason),
    store.causes.comments([cause.id, ...merged.map((record) => record.id)]),
    store.causes.reasonComments(cause.reason),
    cause.ruleId === null ? [] : store.causes.rules(),
    store.causes.regroupings(cause.queueId),
    store.causes.possibleOwners(OWNER_ROLES),
  ]);
  const rule = rules.find(({ id }) => id === cause.ruleId);
  return {
    runbook: cause.runbook,
    reasonRunbook:
      reasonRunbook === null ? null : { ...reasonRunbook, updatedAt: reasonRunbook.updatedAt.toISOString() },
    comments: comments.map(describeComment),
    reasonComments: reasonComments.map(describeComment),
    merged: merged.map(({ id, reason, signature }) => ({ id, reason, signature })),
    rule: rule === undefined ? null : describeRule(rule),
    regrouping: regroupings.map(({ why }) => why),
    people,
  };
}

function describeComment(comment: CommentRecord): CauseNotes["comments"][number] {
  return { ...comment, at: comment.at.toISOString() };
}
