import type { MessageCodec } from "@/lib/brokers/broker";
import type { GroupEditSamples } from "@/lib/contracts/group-edits";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { tryChange } from "./try-change";

const SAMPLES = 3;
/** Characters of a body that a sample shows. */
const MOST_SHOWN = 20_000;

/**
 * The first messages before and after a change, for the eye; properties stand below the body. Each is a look at a payload and an event of the audit. Throws
 * "not-found".
 */
export async function showSamples(
  { store, actor, codecFor }: { store: Store; actor: Actor; codecFor: (broker: string) => MessageCodec },
  { id }: { id: string },
): Promise<GroupEditSamples> {
  const found = await store.groupEdits.find(id);
  if (found === null) throw new AppError("not-found", "There is no such change of many messages.");
  return store.transaction(async (tx) => {
    const samples: GroupEditSamples["samples"] = [];
    for (const { deadLetterId, key } of await tx.groupEdits.samples(id, SAMPLES)) {
      const current = await tx.edits.current(deadLetterId);
      const content = await tx.deadLetters.content(deadLetterId);
      if (content === null) continue;
      const tried = await tryChange(codecFor(content.broker), content, current, found.change);
      if (tried.kind !== "change") continue;
      await tx.audit.append([
        {
          actor,
          action: "payload.viewed",
          subject: { kind: "dead-letter", id: deadLetterId },
          queueId: content.queueId,
          detail: { bytes: content.size, kept: true, editVersion: current?.version ?? null, groupEdit: id },
        },
      ]);
      samples.push({
        deadLetterId,
        key,
        before: textOf(tried.before),
        after: textOf(tried.body ?? tried.original),
      });
    }
    return { samples };
  });
}

/** Null: no text. */
function textOf(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).slice(0, MOST_SHOWN);
  } catch {
    return null;
  }
}
