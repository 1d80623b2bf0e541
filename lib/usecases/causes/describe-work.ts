import type { CauseNotes, CauseRuleWire, CauseWork } from "@/lib/contracts/causes";
import type { CauseFigures, CauseSummary } from "@/lib/contracts/queues";
import { guessKind } from "@/lib/domain/cause-kind";
import { causeStateAt } from "@/lib/domain/cause-states";
import type { Store } from "@/lib/store/ports";
import type { CauseRecord, CauseRuleRecord } from "@/lib/store/ports/causes";

/** Joins causes' figures with what people said of them. `at` is the time of the figures. */
export async function withWork(store: Store, causes: readonly CauseFigures[], at: Date): Promise<CauseSummary[]> {
  const ids = causes.map((cause) => cause.id);
  const [records, merged] = await Promise.all([store.causes.records(ids), store.causes.mergedInto(ids)]);
  const comments = await store.causes.commentCounts([...ids, ...merged.map((record) => record.id)]);
  const recordOf = new Map(records.map((record) => [record.id, record]));
  return causes.flatMap((cause) => {
    const record = recordOf.get(cause.id);
    if (record === undefined) return [];
    const parts = merged.filter((part) => part.mergedInto === cause.id);
    return [
      {
        ...cause,
        work: describeWork(record, cause, at, {
          merged: parts.length,
          comments: [cause.id, ...parts.map((part) => part.id)].reduce((sum, id) => sum + (comments.get(id) ?? 0), 0),
        }),
      },
    ];
  });
}

function describeWork(
  record: CauseRecord,
  figures: CauseFigures,
  at: Date,
  counts: Pick<CauseWork, "merged" | "comments">,
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
    ...counts,
  };
}

/** A rule as it travels. */
export function describeRule({ within, createdAt, ...rule }: CauseRuleRecord): CauseRuleWire {
  return { ...rule, splits: within.length > 0, createdAt: createdAt.toISOString() };
}

/** Roles whose people may look after a cause. */
const OWNER_ROLES = ["operator", "approver", "admin"];

/** What stands on a cause's page beside its figures. */
export async function readNotes(store: Store, cause: CauseSummary): Promise<CauseNotes> {
  const merged = await store.causes.mergedInto([cause.id]);
  const [records, reasonRunbook, comments, rules, regroupings, people] = await Promise.all([
    store.causes.records([cause.id]),
    store.causes.reasonRunbook(cause.reason),
    store.causes.comments([cause.id, ...merged.map((record) => record.id)]),
    cause.work.ruleId === null ? [] : store.causes.rules(),
    store.causes.regroupings(cause.queueId),
    store.causes.possibleOwners(OWNER_ROLES),
  ]);
  const rule = rules.find(({ id }) => id === cause.work.ruleId);
  return {
    runbook: records[0]?.runbook ?? null,
    reasonRunbook:
      reasonRunbook === null ? null : { ...reasonRunbook, updatedAt: reasonRunbook.updatedAt.toISOString() },
    comments: comments.map((comment) => ({ ...comment, at: comment.at.toISOString() })),
    merged: merged.map(({ id, reason, signature }) => ({ id, reason, signature })),
    rule: rule === undefined ? null : describeRule(rule),
    regrouping: regroupings.map(({ why }) => why),
    people,
  };
}
