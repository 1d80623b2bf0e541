import type { MessageCodec, TypedProperty } from "@/lib/brokers/broker";
import type { Payload } from "@/lib/contracts/dead-letters";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { describeEdit } from "../edits/describe-edit";
import { describeBody } from "./describe-body";
import { readMessage } from "./read-message";

/**
 * The payload of one dead letter, with its edit. Every look is recorded in the same transaction: no look without its
 * event. What is larger than what is kept is asked for at the broker, by a worker; a later look finds it. Throws "not-found".
 */
export async function viewPayload(
  { store, actor, codecFor }: { store: Store; actor: Actor; codecFor: (broker: string) => MessageCodec },
  { id }: { id: string },
): Promise<Payload> {
  const { content, edit, fetch } = await store.transaction(async (tx) => {
    const content = await tx.deadLetters.content(id);
    if (content === null) throw new AppError("not-found", `There is no dead letter number ${id}.`);
    const edit = await tx.edits.current(id);
    await tx.audit.append([
      {
        actor,
        action: "payload.viewed",
        subject: { kind: "dead-letter", id },
        queueId: content.queueId,
        detail: { bytes: content.size, kept: content.encoded !== null, editVersion: edit?.version ?? null },
      },
    ]);
    const fetch = content.encoded === null ? await tx.contentFetches.want(id) : null;
    return { content, edit, fetch };
  });
  const described = { deadLetterId: id, edit: edit === null ? null : describeEdit(edit) };
  if (content.encoded === null) {
    return {
      ...described,
      kept: false,
      notKeptBecause: whyNotKept(content.size, fetch !== null),
      beingFetched: fetch !== null,
      body: null,
      header: [],
      annotations: [],
      messageProperties: [],
      applicationProperties: [],
    };
  }
  const view = readMessage(codecFor(content.broker), content.encoded);
  const copy = (properties: readonly TypedProperty[]) => properties.map((property) => ({ ...property }));
  return {
    ...described,
    kept: true,
    notKeptBecause: null,
    beingFetched: false,
    body: await describeBody(view, content.contentType),
    header: copy(view.header),
    annotations: copy(view.annotations),
    messageProperties: copy(view.messageProperties),
    applicationProperties: copy(view.applicationProperties),
  };
}

function whyNotKept(size: number, present: boolean): string {
  const large = `The message has ${size} bytes, more than the console keeps (scan.keepBytes in its configuration).`;
  return present
    ? `${large} It is being fetched from the broker; it can be replayed all the same.`
    : `${large} It has left its dead-letter queue, so that it cannot be fetched any more.`;
}
