import { decodeListFields, decodeMapEntries } from "./decode-value";
import { encodeList, encodeMap, encodeValue } from "./encode-value";
import { encodeSection, joinSections, SECTION, type Section, sectionBytes, splitSections } from "./sections";
import { type AmqpValue, NULL } from "./values";

/**
 * Changes single entries of a message. Whatever is not named is copied byte for byte: entries inside a section that
 * changes as well as sections that do not.
 */

/** Fields of a list section (header, properties) by their position; NULL takes a field out. */
export type FieldChanges = ReadonlyMap<number, AmqpValue>;

/** Entries of a map section (annotations, application properties). */
export interface EntryChanges {
  /** Entries to take out; called with the key's text for string and symbol keys only. */
  readonly remove?: (key: string) => boolean;
  /** Entries to write: in the place of the first of that key, or at the end. Wins over `remove`. */
  readonly set?: readonly (readonly [key: AmqpValue & { type: "string" | "symbol" }, value: AmqpValue])[];
}

export interface MessageChanges {
  readonly header?: FieldChanges;
  /** Leaves the section out as a whole. */
  readonly dropDeliveryAnnotations?: boolean;
  readonly messageAnnotations?: EntryChanges;
  readonly properties?: FieldChanges;
  readonly applicationProperties?: EntryChanges;
  /** New body sections, descriptor included, in place of all body sections. */
  readonly body?: readonly Uint8Array[];
}

/** The message with the changes made. Sections that come to hold nothing are left out. */
export function rewriteMessage(encoded: Uint8Array, changes: MessageChanges): Uint8Array {
  const sections = splitSections(encoded);
  const parts: Uint8Array[] = [];
  const keep = (code: number): void => {
    for (const section of sections) if (section.code === code) parts.push(sectionBytes(encoded, section));
  };
  const place = (code: number, change: ((section: Section | null) => Uint8Array | null) | null): void => {
    if (change === null) {
      keep(code);
      return;
    }
    const part = change(sections.find((section) => section.code === code) ?? null);
    if (part !== null) parts.push(part);
  };
  const { header, messageAnnotations, properties, applicationProperties } = changes;
  place(SECTION.header, header ? (section) => rewriteFields(encoded, section, SECTION.header, header) : null);
  if (!changes.dropDeliveryAnnotations) keep(SECTION.deliveryAnnotations);
  place(
    SECTION.messageAnnotations,
    messageAnnotations
      ? (section) => rewriteEntries(encoded, section, SECTION.messageAnnotations, messageAnnotations)
      : null,
  );
  place(
    SECTION.properties,
    properties ? (section) => rewriteFields(encoded, section, SECTION.properties, properties) : null,
  );
  place(
    SECTION.applicationProperties,
    applicationProperties
      ? (section) => rewriteEntries(encoded, section, SECTION.applicationProperties, applicationProperties)
      : null,
  );
  const footer = sections.findIndex(({ code }) => code === SECTION.footer);
  const isLast = footer === sections.length - 1;
  if (!isLast) keep(SECTION.footer);
  if (changes.body) parts.push(...changes.body);
  else for (const code of [SECTION.data, SECTION.sequence, SECTION.value]) keep(code);
  if (isLast) keep(SECTION.footer);
  return joinSections(parts);
}

/**
 * A list section with some fields changed; the same bytes when nothing changes. Fields that were taken out at the end are
 * cut off; null when no field is left that says anything.
 */
export function rewriteFields(
  encoded: Uint8Array,
  section: Section | null,
  code: number,
  changes: FieldChanges,
): Uint8Array | null {
  const current = section === null ? [] : decodeListFields(encoded, section.bodyStart);
  const fields = current.map((field) => encoded.subarray(field.start, field.end));
  let changed = false;
  for (const [index, value] of changes) {
    if (value.type === "null" && (current[index]?.value.type ?? "null") === "null") continue;
    while (fields.length <= index) fields.push(ENCODED_NULL);
    fields[index] = value.type === "null" ? ENCODED_NULL : encodeValue(value);
    changed = true;
  }
  if (!changed) return section === null ? null : sectionBytes(encoded, section);
  while (fields.length > 0 && changes.get(fields.length - 1)?.type === "null") fields.pop();
  const isEmpty = fields.every((field) => field.length === 1 && field[0] === ENCODED_NULL[0]);
  return isEmpty ? null : encodeSection(code, encodeList(fields));
}

/** A map section with some entries changed; null when nothing is left in it. The same bytes when nothing changes. */
export function rewriteEntries(
  encoded: Uint8Array,
  section: Section | null,
  code: number,
  changes: EntryChanges,
): Uint8Array | null {
  const pending = new Map((changes.set ?? []).map(([key, value]) => [key.value, [key, value] as const]));
  const placed = new Set<string>();
  const entries: Uint8Array[] = [];
  let changed = pending.size > 0;
  for (const { key, start, valueStart, end } of section === null ? [] : decodeMapEntries(encoded, section.bodyStart)) {
    const name = key.type === "string" || key.type === "symbol" ? key.value : null;
    const set = name === null ? undefined : pending.get(name);
    if (name !== null && set !== undefined) {
      if (!placed.has(name)) entries.push(joinSections([encoded.subarray(start, valueStart), encodeValue(set[1])]));
      placed.add(name);
    } else if (name !== null && changes.remove?.(name)) {
      changed = true;
    } else {
      entries.push(encoded.subarray(start, end));
    }
  }
  if (section !== null && !changed) return sectionBytes(encoded, section);
  for (const [name, [key, value]] of pending) {
    if (!placed.has(name)) entries.push(joinSections([encodeValue(key), encodeValue(value)]));
  }
  return entries.length === 0 ? null : encodeSection(code, encodeMap(entries));
}

const ENCODED_NULL = encodeValue(NULL);
