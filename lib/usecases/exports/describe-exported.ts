import type { MessageCodec } from "@/lib/brokers/broker";
import { AppError } from "@/lib/domain/app-error";
import type { ExportedMessage } from "@/lib/store/ports/exports";
import type { MessageFacts } from "@/lib/store/ports/message-facts";
import { describeBody } from "../dead-letters/describe-body";
import { readMessage } from "../dead-letters/read-message";

/** One message of an export. Numbers that may pass 2^53 are texts; what is not known is null, never empty. */
export interface ExportedRecord
  extends MessageFacts,
    Pick<ExportedMessage, "id" | "namespace" | "subQueue" | "returned"> {
  readonly queue: string;
  readonly sequenceNumber: string;
  readonly enqueuedAt: string;
  readonly firstSeenAt: string;
  readonly cause: string;
  readonly leftAt: string | null;
}

/** What an export with payloads says beside. */
export interface ExportedPayload {
  readonly description: string | null;
  readonly properties: readonly { readonly name: string; readonly type: string; readonly value: string }[] | null;
  /** Exact text where the body is text, Base64 of its bytes where it is not. */
  readonly body: string | null;
  readonly bodyEncoding: "text" | "base64" | "rendered" | null;
  /** Sentences: what was undone to read it, that it is cut, or why it is missing. */
  readonly bodyNote: string | null;
}

export function describeExported(message: ExportedMessage): ExportedRecord {
  return {
    id: message.id,
    namespace: message.namespace,
    queue: message.entityPath,
    subQueue: message.subQueue,
    sequenceNumber: message.key,
    messageId: message.messageId,
    enqueuedAt: message.enqueuedAt.toISOString(),
    firstSeenAt: message.firstSeenAt.toISOString(),
    reason: message.reason,
    cause: message.causeId,
    deliveryCount: message.deliveryCount,
    size: message.size,
    bodySize: message.bodySize,
    contentType: message.contentType,
    subject: message.subject,
    correlationId: message.correlationId,
    sessionId: message.sessionId,
    partitionKey: message.partitionKey,
    returned: message.returned,
    leftAt: message.leftAt?.toISOString() ?? null,
  };
}

/** Decoded as for the page, with the same bounds. A message that cannot be read says why; the others follow all the same. */
export async function describePayload(message: ExportedMessage, codec: MessageCodec): Promise<ExportedPayload> {
  const nothing = { description: message.description, properties: null, body: null, bodyEncoding: null };
  if (message.encoded === null) {
    return { ...nothing, bodyNote: "The console keeps no copy of this message (scan.keepBytes, or it was forgotten)." };
  }
  try {
    const view = readMessage(codec, message.encoded);
    const body = await describeBody(view, message.contentType);
    const cut = body.cutAt === null ? [] : [`Cut after ${body.cutAt} bytes.`];
    const notes = [...body.decoding, ...cut];
    return {
      description: message.description,
      properties: view.applicationProperties.map(({ name, type, value }) => ({ name, type, value })),
      body: body.kind === "none" ? null : body.content,
      bodyEncoding: body.kind === "none" ? null : body.encoding,
      bodyNote: notes.length === 0 ? null : notes.join(" "),
    };
  } catch (error) {
    return { ...nothing, bodyNote: error instanceof AppError ? error.message : "The message cannot be read." };
  }
}
