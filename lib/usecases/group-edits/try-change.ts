import type { MessageCodec, PropertyChange } from "@/lib/brokers/broker";
import type { GroupChange } from "@/lib/contracts/group-edits";
import { AppError } from "@/lib/domain/app-error";
import { readPath } from "@/lib/domain/filter/json-path";
import { changeJson } from "@/lib/domain/json-change";
import type { DeadLetterContent } from "@/lib/store/ports/dead-letters";
import type { EditRecord } from "@/lib/store/ports/edits";
import { contentEncodingOf } from "../dead-letters/decode-body";
import { MAX_VIEW_BYTES } from "../dead-letters/describe-body";
import { findJsonError } from "../dead-letters/find-json-error";
import { readMessage } from "../dead-letters/read-message";
import { undoEncoding } from "../dead-letters/undo-encoding";
import { requireSendable } from "../edits/save-edit";

/** What the change makes of one message. Reasons hold no value of a message, so that equal ones can be counted. */
export type TriedChange =
  | {
      readonly kind: "change";
      /** The body before, as sent so far: of the correction, where there is one. */
      readonly before: Uint8Array | null;
      readonly original: Uint8Array | null;
      /** Null: as the original. */
      readonly body: Uint8Array | null;
      readonly properties: readonly PropertyChange[];
    }
  | { readonly kind: "same" }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Makes the change of one message without saving it: upon its correction, where it has one, else upon the message as it came. Bodies
 * are changed in place, so that every other character stays. What comes out can be sent: the codec has made a copy of it once.
 */
export async function tryChange(
  codec: MessageCodec,
  content: DeadLetterContent,
  current: EditRecord | null,
  change: GroupChange,
): Promise<TriedChange> {
  if (content.encoded === null) return refused("the console keeps no copy of it");
  try {
    const view = readMessage(codec, content.encoded);
    const original = view.bodyKind === "none" ? null : view.body;
    const before = current?.body ?? original;
    const changed = change.body.length === 0 ? { bytes: before } : await changeBody(view, before, change);
    if ("why" in changed) return refused(changed.why);
    const after = changed.bytes;
    const body = after === null || (original !== null && Buffer.compare(after, original) === 0) ? null : after;
    const properties = mergeProperties(view.applicationProperties, current?.properties ?? [], change.properties);
    if (isSame(before, after) && isSame(current?.properties ?? [], properties)) return { kind: "same" };
    if (body === null && properties.length === 0) {
      return refused("it would be as it came: withdraw its correction instead");
    }
    requireSendable(codec, content.encoded, body, properties);
    return { kind: "change", before, original, body, properties };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return refused(error.message);
  }
}

function refused(why: string): TriedChange {
  return { kind: "refused", why: why.slice(0, 300) };
}

async function changeBody(
  view: ReturnType<typeof readMessage>,
  before: Uint8Array | null,
  change: GroupChange,
): Promise<{ readonly bytes: Uint8Array } | { readonly why: string }> {
  if (before === null)
    return { why: view.bodyKind === "none" ? "it has no body" : "its body is an AMQP structure, not bytes" };
  if (before.byteLength > MAX_VIEW_BYTES) return { why: "its body is larger than what can be edited here" };
  const { codings } = await undoEncoding(before, contentEncodingOf(view), 1_024);
  if (codings.length > 0) return { why: "its body is compressed" };
  let text = readText(before);
  if (text === null) return { why: "its body is no text in UTF-8" };
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  text = text.slice(mark.length);
  if (findJsonError(text) !== null) return { why: "its body is no JSON" };
  for (const step of change.body) {
    const path = readPath(step.path);
    if ("error" in path) throw new AppError("invalid-input", `The path ${step.path} cannot be read: ${path.error}.`);
    const { steps } = path;
    const changed = changeJson(text, "set" in step ? { path: steps, set: step.set } : { path: steps, remove: true });
    switch (changed.kind) {
      case "changed":
        text = changed.text;
        break;
      case "same":
        break;
      case "impossible":
        return { why: `${step.path}: ${changed.why}` };
    }
  }
  return { bytes: Buffer.from(mark + text, "utf8") };
}

function readText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The correction's changes with the new ones over them, as changes of the original. */
function mergeProperties(
  original: readonly { readonly name: string; readonly type: string; readonly value: string }[],
  current: readonly PropertyChange[],
  asked: readonly PropertyChange[],
): PropertyChange[] {
  const came = new Map(original.map((property) => [property.name, property]));
  const merged = new Map(current.map((change) => [change.name, change]));
  for (const change of asked) {
    const before = came.get(change.name);
    const asItCame =
      "remove" in change ? before === undefined : before?.type === change.set.type && before.value === change.set.value;
    if (asItCame) merged.delete(change.name);
    else merged.set(change.name, change);
  }
  return [...merged.values()];
}

function isSame<T extends Uint8Array | readonly PropertyChange[] | null>(one: T, other: T): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  return JSON.stringify(one) === JSON.stringify(other);
}
