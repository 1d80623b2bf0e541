import type { BodyView, EditView, Payload, SaveEdit, TypedPropertyWire } from "@/lib/contracts/dead-letters";

type PropertyChangeWire = SaveEdit["properties"][number];

/** One property while it is being edited. `original`: as in the message; undefined: it is new. */
export interface PropertyDraft {
  /** Stable while the name is being typed. */
  readonly key: string;
  readonly original: TypedPropertyWire | undefined;
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly removed: boolean;
}

/** The message's properties with the changes of a saved edit applied. */
export function draftProperties(
  original: readonly TypedPropertyWire[],
  changes: readonly PropertyChangeWire[],
): PropertyDraft[] {
  const byName = new Map(changes.map((change) => [change.name, change]));
  const drafts = original.map((property): PropertyDraft => {
    const change = byName.get(property.name);
    byName.delete(property.name);
    const set = change && "set" in change ? change.set : property;
    return {
      key: property.name,
      original: property,
      name: property.name,
      type: set.type,
      value: set.value,
      removed: change !== undefined && "remove" in change,
    };
  });
  const added = [...byName.values()].flatMap((change): PropertyDraft[] =>
    "set" in change
      ? [{ key: `new ${change.name}`, original: undefined, name: change.name, ...change.set, removed: false }]
      : [],
  );
  return [...drafts, ...added];
}

/** What the drafts change of the original message. */
export function changesOf(drafts: readonly PropertyDraft[]): PropertyChangeWire[] {
  return drafts.flatMap((draft): PropertyChangeWire[] => {
    if (draft.original === undefined)
      return draft.removed ? [] : [{ name: draft.name, set: { type: draft.type, value: draft.value } }];
    if (draft.removed) return [{ name: draft.name, remove: true }];
    const same = draft.original.type === draft.type && draft.original.value === draft.value;
    return same ? [] : [{ name: draft.name, set: { type: draft.type, value: draft.value } }];
  });
}

/** What is wrong with the drafts, by key; the server checks the types again with the codec that will send them. */
export function draftErrors(drafts: readonly PropertyDraft[]): Record<string, string> {
  const errors: Record<string, string> = {};
  const names = new Set<string>();
  for (const draft of drafts) {
    if (draft.removed) continue;
    if (draft.name.trim() === "") errors[draft.key] = "Give the property a name.";
    else if (names.has(draft.name)) errors[draft.key] = "There is a property of this name already.";
    else if (/^(u?(byte|short|int|long))$/.test(draft.type) && !/^-?\d+$/.test(draft.value))
      errors[draft.key] = `A value of type ${draft.type} is a whole number.`;
    else if (draft.type === "boolean" && !/^(true|false)$/.test(draft.value))
      errors[draft.key] = "A boolean is true or false.";
    names.add(draft.name);
  }
  return errors;
}

/** The body that a saved edit, or else the message, has; in the encoding in which it is edited. */
export function editedContent(body: BodyView, edit: EditView | null): string {
  if (!edit?.body) return body.content;
  if (edit.body.encoding === body.encoding) return edit.body.content;
  return edit.body.encoding === "base64" ? decodeText(edit.body.content) : encodeText(edit.body.content);
}

function decodeText(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

function encodeText(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The request that saves a draft. `content` undefined: the body cannot be edited. */
export function saveRequest(
  payload: Payload,
  content: string | undefined,
  drafts: readonly PropertyDraft[],
  allowInvalid: boolean,
): SaveEdit {
  const body = payload.body;
  const changed = body !== null && content !== undefined && content !== body.content;
  return {
    baseVersion: payload.edit?.version ?? 0,
    body: changed ? { encoding: body.encoding === "base64" ? "base64" : "text", content } : null,
    properties: changesOf(drafts),
    allowInvalid,
  };
}
