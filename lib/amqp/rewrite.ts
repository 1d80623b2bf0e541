import { type Marks, markedValues, markList, markMap, nameAt } from "./marks";
import { findSection, SECTION, type Section, splitSections } from "./sections";
import type { AmqpValue } from "./values";
import { Writer } from "./writer";

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
  writer.at = 0;
  const keep = (code: number): void => {
    for (const section of sections) {
      if (section.code === code) writer.range(encoded, section.start, section.end);
    }
  };
  const fields = (code: number, change: FieldChanges | undefined): void => {
    if (change === undefined) keep(code);
    else writeFields(encoded, findSection(sections, code), code, change);
  };
  const entries = (code: number, change: EntryChanges | undefined): void => {
    if (change === undefined) keep(code);
    else writeEntries(encoded, findSection(sections, code), code, change);
  };
  fields(SECTION.header, changes.header);
  if (!changes.dropDeliveryAnnotations) keep(SECTION.deliveryAnnotations);
  entries(SECTION.messageAnnotations, changes.messageAnnotations);
  fields(SECTION.properties, changes.properties);
  entries(SECTION.applicationProperties, changes.applicationProperties);
  const footer = sections.findIndex(({ code }) => code === SECTION.footer);
  const isLast = footer === sections.length - 1;
  if (!isLast) keep(SECTION.footer);
  if (changes.body) for (const section of changes.body) writer.raw(section);
  else for (const code of [SECTION.data, SECTION.sequence, SECTION.value]) keep(code);
  if (isLast) keep(SECTION.footer);
  return writer.taken();
}

/** One for all calls: a message is written without a pause, and taken out at once. */
const writer = new Writer();

/**
 * A list section with some fields changed; the same bytes when nothing changes. Fields that were taken out at the end are
 * cut off; nothing when no field is left that says anything.
 */
function writeFields(encoded: Uint8Array, section: Section | null, code: number, changes: FieldChanges): void {
  const marks = section === null ? NO_MARKS : markList(encoded, section.bodyStart);
  const present = markedValues(marks);
  const isNull = (index: number): boolean => index >= present || encoded[marks[index] as number] === NULL_CODE;
  let length = present;
  let changed = false;
  for (const [index, value] of changes) {
    if (value.type === "null" && isNull(index)) continue;
    changed = true;
    if (index >= length) length = index + 1;
  }
  if (!changed) {
    if (section !== null) writer.range(encoded, section.start, section.end);
    return;
  }
  while (length > 0 && changes.get(length - 1)?.type === "null") length--;
  const begin = writer.at;
  writeDescriptor(code);
  const inside = writer.openCompound();
  let says = false;
  for (let index = 0; index < length; index++) {
    const value = changes.get(index);
    if (value !== undefined) writer.value(value);
    else if (index < present) writer.range(encoded, marks[index] as number, marks[index + 1] as number);
    else writer.byte(NULL_CODE);
    says ||= value === undefined ? !isNull(index) : value.type !== "null";
  }
  if (says) writer.closeCompound(inside, "list", length);
  else writer.at = begin;
}

/** A map section with some entries changed; nothing when nothing is left in it. The same bytes when nothing changes. */
function writeEntries(encoded: Uint8Array, section: Section | null, code: number, changes: EntryChanges): void {
  const marks = section === null ? NO_MARKS : markMap(encoded, section.bodyStart);
  const pending = new Map((changes.set ?? []).map((entry) => [entry[0].value, entry] as const));
  const placed = new Set<string>();
  let changed = pending.size > 0;
  const begin = writer.at;
  writeDescriptor(code);
  const inside = writer.openCompound();
  let count = 0;
  for (let n = 0; n < markedValues(marks); n += 2) {
    const [start, valueStart, end] = [marks[n] as number, marks[n + 1] as number, marks[n + 2] as number];
    const name = nameAt(encoded, start, valueStart);
    const set = name === null ? undefined : pending.get(name);
    if (name !== null && set !== undefined) {
      if (placed.has(name)) continue;
      placed.add(name);
      writer.range(encoded, start, valueStart);
      writer.value(set[1]);
    } else if (name !== null && changes.remove?.(name)) {
      changed = true;
      continue;
    } else {
      writer.range(encoded, start, end);
    }
    count += 2;
  }
  for (const [name, [key, value]] of pending) {
    if (placed.has(name)) continue;
    writer.value(key);
    writer.value(value);
    count += 2;
  }
  if (changed && count > 0) {
    writer.closeCompound(inside, "map", count);
    return;
  }
  writer.at = begin;
  if (!changed && section !== null) writer.range(encoded, section.start, section.end);
}

function writeDescriptor(code: number): void {
  writer.byte(0x00);
  writer.byte(0x53);
  writer.byte(code);
}

const NULL_CODE = 0x40;
/** Of a section that is not there. */
const NO_MARKS: Marks = [0];
