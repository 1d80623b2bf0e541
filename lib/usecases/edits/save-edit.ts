import { createHash } from "node:crypto";
import { BrokerError, type MessageCodec, type MessageView, type PropertyChange } from "@/lib/brokers/broker";
import type { EditView, SaveEdit } from "@/lib/contracts/dead-letters";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import { claimedLanguage, readContentType } from "@/lib/domain/body-language";
import type { Store } from "@/lib/store/ports";
import { contentEncodingOf } from "../dead-letters/decode-body";
import { COMPRESSED } from "../dead-letters/describe-body";
import { findJsonError } from "../dead-letters/find-json-error";
import { readMessage } from "../dead-letters/read-message";
import { undoEncoding } from "../dead-letters/undo-encoding";
import { describeEdit } from "./describe-edit";
import { requireEditable } from "./require-editable";

/**
 * Saves a correction of one dead letter as its next version; the original stays as it is. What is saved can be sent: the
 * codec has made a copy of it once. Throws "not-found", "state-changed", "conflict" (a live replay, another version),
 * "invalid-input" (no change, a property that is not there), "unprocessable" (no JSON, a value that the type cannot hold).
 */
export async function saveEdit(
  context: {
    store: Store;
    actor: Extract<Actor, { kind: "person" }>;
    codecFor: (broker: string) => MessageCodec;
  },
  input: SaveEdit & { id: string },
): Promise<EditView> {
  const { store, actor, codecFor } = context;
  return store.transaction(async (tx) => {
    const target = await requireEditable(tx, input.id, input.baseVersion);
    const content = await tx.deadLetters.content(input.id);
    if (content === null || content.encoded === null) {
      throw new AppError("unprocessable", "The console keeps no copy of this message, so it cannot be edited here.");
    }
    const codec = codecFor(content.broker);
    const view = readMessage(codec, content.encoded);
    const body = changedBody(input, view);
    if (body !== null && input.body?.encoding === "text") await requirePlain(view);
    const properties = changedProperties(input.properties, view);
    if (body === null && properties.length === 0) {
      throw new AppError("invalid-input", "Nothing is changed: body and properties are those of the original.");
    }
    if (body !== null) requireReadable(body, content.contentType, input.allowInvalid);
    requireSendable(codec, content.encoded, body, properties);

    const version = target.latestVersion + 1;
    const saved = await tx.edits.save({ deadLetterId: input.id, version, body, properties, createdBy: actor.id });
    await tx.audit.append([
      {
        actor,
        action: "edit.saved",
        subject: { kind: "dead-letter", id: input.id },
        queueId: target.queueId,
        detail: {
          editId: saved.id,
          version,
          body: body === null ? null : { before: measure(view.body), after: measure(body) },
          properties: properties.map((change) =>
            "set" in change ? { name: change.name, set: change.set.type } : { name: change.name, removed: true },
          ),
        },
      },
    ]);
    return describeEdit({ id: saved.id, version, body, properties, createdAt: saved.createdAt, createdBy: actor.name });
  });
}

/** Size and hash of a body for the audit, which holds no payload. */
export function measure(bytes: Uint8Array | null): { bytes: number; sha256: string } | null {
  return bytes === null ? null : { bytes: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** The new bytes; null when they are not given or are the original's. */
function changedBody({ body }: SaveEdit, view: MessageView): Uint8Array | null {
  if (body === null) return null;
  const original = view.bodyKind === "none" ? new Uint8Array() : view.body;
  if (original === null) {
    throw new AppError("unprocessable", "The body is an AMQP structure, not bytes, and cannot be edited.");
  }
  const bytes = body.encoding === "text" ? encodeText(body.content) : decodeBase64(body.content);
  return Buffer.compare(bytes, original) === 0 ? null : bytes;
}

function encodeText(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  // Half a surrogate pair has no UTF-8 form and would silently become a replacement character.
  if (bytes.toString("utf8") !== text) {
    throw new AppError("unprocessable", "The text holds half a character that cannot be encoded.", {
      body: "not valid Unicode",
    });
  }
  return bytes;
}

function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) {
    throw new AppError("invalid-input", "The body is not valid Base64.", { body: "not valid Base64" });
  }
  return bytes;
}

/** The changes that change something; each property once, and only what is there can be removed. */
function changedProperties(changes: readonly PropertyChange[], view: MessageView): PropertyChange[] {
  const original = new Map(view.applicationProperties.map((property) => [property.name, property]));
  const seen = new Set<string>();
  const kept: PropertyChange[] = [];
  for (const change of changes) {
    const field = `properties.${change.name}`;
    if (seen.has(change.name)) {
      throw new AppError("invalid-input", `The property "${change.name}" is changed twice.`, {
        [field]: "named twice",
      });
    }
    seen.add(change.name);
    const before = original.get(change.name);
    if ("remove" in change && before === undefined) {
      throw new AppError("invalid-input", `There is no property "${change.name}" to remove.`, { [field]: "not there" });
    }
    if ("set" in change && before?.type === change.set.type && before.value === change.set.value) continue;
    kept.push(change);
  }
  return kept;
}

/** Text that was read out of a compressed body cannot go back as it is: its consumer would unpack it in vain. */
async function requirePlain(view: MessageView): Promise<void> {
  const { codings } = await undoEncoding(view.body ?? new Uint8Array(), contentEncodingOf(view), 1_024);
  if (codings.length > 0) throw new AppError("unprocessable", COMPRESSED, { body: "the original is compressed" });
}

function requireReadable(body: Uint8Array, contentType: string | null, allowInvalid: boolean): void {
  if (allowInvalid || claimedLanguage(readContentType(contentType).mediaType) !== "json") return;
  const problem = findJsonError(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body));
  if (problem !== null) {
    throw new AppError("unprocessable", "The body is no longer JSON, although its content type says so.", {
      body: problem,
    });
  }
}

/** Throws "unprocessable" when the broker could not carry the message so. */
export function requireSendable(
  codec: MessageCodec,
  original: Uint8Array,
  body: Uint8Array | null,
  properties: readonly PropertyChange[],
): void {
  try {
    codec.prepareCopy(original, { ...(body === null ? {} : { body }), properties, stamp: null });
  } catch (error) {
    if (error instanceof BrokerError && error.code === "invalid-message") {
      throw new AppError("unprocessable", `The message cannot be sent like this: ${error.message}`);
    }
    throw error;
  }
}
