import { decodeListFields, decodeMapEntries } from "./decode-value";
import { findSection, HEADER_FIELD, PROPERTIES_FIELD, SECTION, type Section, splitSections } from "./sections";
import { SqlGuid, type SqlMessage, type SqlValue } from "./sql-filter-evaluate";
import type { AmqpValue } from "./values";

/** Fields of the properties section by the names that filters know them under. */
const SYSTEM_FIELDS: Readonly<Record<string, number>> = {
  messageid: PROPERTIES_FIELD.messageId,
  to: PROPERTIES_FIELD.to,
  label: PROPERTIES_FIELD.subject,
  subject: PROPERTIES_FIELD.subject,
  replyto: PROPERTIES_FIELD.replyTo,
  correlationid: PROPERTIES_FIELD.correlationId,
  contenttype: PROPERTIES_FIELD.contentType,
  sessionid: PROPERTIES_FIELD.groupId,
  replytosessionid: PROPERTIES_FIELD.replyToGroupId,
};

const SYSTEM_ANNOTATIONS: Readonly<Record<string, string>> = {
  partitionkey: "x-opt-partition-key",
  scheduledenqueuetimeutc: "x-opt-scheduled-enqueue-time",
  enqueuedtimeutc: "x-opt-enqueued-time",
  enqueuedsequencenumber: "x-opt-enqueue-sequence-number",
  sequencenumber: "x-opt-sequence-number",
  deadlettersource: "x-opt-deadletter-source",
};

/** An encoded message as SQL filters see it; sections are decoded when they are asked for. */
export class EncodedSqlMessage implements SqlMessage {
  readonly #encoded: Uint8Array;
  readonly #sections: readonly Section[];
  #fields: readonly AmqpValue[] | null = null;
  #properties: ReadonlyMap<string, AmqpValue> | null = null;

  /** Throws `AmqpDecodeError` on bytes that are no message. */
  constructor(encoded: Uint8Array) {
    this.#encoded = encoded;
    this.#sections = splitSections(encoded);
  }

  system(name: string): SqlValue | undefined {
    const lower = name.toLowerCase();
    const field = SYSTEM_FIELDS[lower];
    if (field !== undefined) return sqlValueOf(this.field(field)) ?? null;
    const annotation = SYSTEM_ANNOTATIONS[lower];
    if (annotation !== undefined) {
      const value = this.#entries(SECTION.messageAnnotations).find(([key]) => key === annotation)?.[1];
      return sqlValueOf(value) ?? null;
    }
    if (lower === "size") return BigInt(this.#encoded.length);
    if (lower === "timetolive") {
      const header = findSection(this.#sections, SECTION.header);
      if (header === null) return null;
      return sqlValueOf(decodeListFields(this.#encoded, header.bodyStart)[HEADER_FIELD.ttl]?.value) ?? null;
    }
    return undefined;
  }

  user(name: string): SqlValue | undefined {
    const value = this.userValue(name);
    if (value === undefined) return undefined;
    return value.type === "null" ? null : sqlValueOf(value);
  }

  /** An application property with its AMQP type. */
  userValue(name: string): AmqpValue | undefined {
    this.#properties ??= new Map(
      this.#entries(SECTION.applicationProperties).map(([key, value]) => [key.toLowerCase(), value] as const),
    );
    return this.#properties.get(name.toLowerCase());
  }

  /** Names of application properties as they are written, by their lower case. */
  userName(name: string): string | undefined {
    return this.#entries(SECTION.applicationProperties).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[0];
  }

  /** A field of the properties section. */
  field(index: number): AmqpValue | undefined {
    if (this.#fields === null) {
      const section = findSection(this.#sections, SECTION.properties);
      this.#fields =
        section === null ? [] : decodeListFields(this.#encoded, section.bodyStart).map(({ value }) => value);
    }
    return this.#fields[index];
  }

  #entries(code: number): (readonly [string, AmqpValue])[] {
    const section = findSection(this.#sections, code);
    if (section === null) return [];
    const entries: (readonly [string, AmqpValue])[] = [];
    for (const { key, value } of decodeMapEntries(this.#encoded, section.bodyStart)) {
      if (key.type === "string" || key.type === "symbol") entries.push([key.value, value]);
    }
    return entries;
  }
}

/** undefined for null and for types that filters have no value for. */
export function sqlValueOf(value: AmqpValue | undefined): SqlValue | undefined {
  switch (value?.type) {
    case "string":
    case "symbol":
    case "boolean":
      return value.value;
    case "ubyte":
    case "ushort":
    case "uint":
    case "byte":
    case "short":
    case "int":
      return BigInt(value.value);
    case "long":
    case "ulong":
    case "float":
    case "double":
      return value.value;
    case "timestamp":
      return new Date(Number(value.value));
    case "uuid":
      return new SqlGuid(
        Buffer.from(value.value)
          .toString("hex")
          .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
      );
    case "binary":
      return value.value;
    case "char":
      return String.fromCodePoint(value.value);
    default:
      return undefined;
  }
}
