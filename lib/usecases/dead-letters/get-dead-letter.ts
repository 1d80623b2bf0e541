import type { DeadLetterDetail } from "@/lib/contracts/dead-letters";
import { AppError } from "@/lib/domain/app-error";
import { fillLink } from "@/lib/domain/trace-link";
import type { Store } from "@/lib/store/ports";
import type { DeadLetterFacts } from "@/lib/store/ports/dead-letters";

interface Context {
  readonly store: Store;
  readonly mayReadPayloads: boolean;
  readonly config: {
    readonly tracing: { readonly links: readonly { readonly label: string; readonly url: string }[] };
  };
}

/**
 * Facts of one dead letter and the replays of it and of what it is a copy of; also after it left. The payload is
 * another use case. Throws `AppError` "not-found".
 */
export async function getDeadLetter(
  { store, mayReadPayloads, config }: Context,
  input: { readonly id: string },
): Promise<DeadLetterDetail> {
  const found = await store.deadLetters.detail(input.id);
  if (found === null) throw new AppError("not-found", `There is no dead letter number ${input.id}.`);
  // The trace stands in a property.
  const facts = mayReadPayloads ? found : { ...found, row: { ...found.row, description: null }, trace: null };
  return { ...facts, traceLinks: linksOf(facts, config.tracing.links) };
}

function linksOf({ row, trace }: DeadLetterFacts, templates: Context["config"]["tracing"]["links"]) {
  const values = {
    traceId: trace?.traceId ?? null,
    spanId: trace?.spanId ?? null,
    correlationId: row.correlationId,
    messageId: row.messageId,
    enqueuedAt: row.enqueuedAt,
  };
  return templates.flatMap(({ label, url }) => {
    const filled = fillLink(url, values);
    return filled === null ? [] : [{ label, url: filled }];
  });
}
