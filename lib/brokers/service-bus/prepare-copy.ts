import { encodeValue } from "../../amqp/encode-value";
import { type EntryChanges, type FieldChanges, rewriteMessage } from "../../amqp/rewrite";
import { encodeSection, HEADER_FIELD, PROPERTIES_FIELD, SECTION } from "../../amqp/sections";
import { AmqpEncodeError, type AmqpValue, amqpString, NULL } from "../../amqp/values";
import { BrokerError, type CopyChanges, type PreparedCopy, type PropertyChange, type ReplayStamp } from "../broker";
import {
  annotation,
  bodyKind,
  bodyValue,
  decoding,
  headerField,
  type MessageParts,
  property,
  takeApart,
  textOf,
} from "./message-parts";
import { sha256 } from "./sha256";
import { textToValue } from "./value-text";
import {
  BROKER_ANNOTATIONS,
  RESERVED_PROPERTIES,
  STAMP_ATTEMPT,
  STAMP_ITEM,
  STAMP_ORIGINAL,
  STAMP_ROUTE,
} from "./wire-names";

/**
 * The bytes of a copy (R8): those of the original, less what the broker and the dead-lettering wrote (their annotations
 * and properties, the delivery annotations, the delivery count) and an earlier replay's stamps, plus the changes that were
 * asked for. Throws `BrokerError` "invalid-message" when a change cannot be made.
 */
export function prepareCopy(original: Uint8Array, changes: CopyChanges): PreparedCopy {
  const parts = takeApart(original);
  const properties = messageProperties(parts, changes);
  const body = changes.body === undefined ? undefined : [bodySection(parts, changes.body)];
  const encoded = decoding(() =>
    rewriteMessage(original, {
      header:
        changes.expiry?.policy === "none" ? new Map([...DELIVERY_STATE, [HEADER_FIELD.ttl, NULL]]) : DELIVERY_STATE,
      dropDeliveryAnnotations: true,
      messageAnnotations: { remove: (name) => BROKER_ANNOTATIONS.has(name), set: schedule(changes) },
      properties,
      applicationProperties: applicationProperties(changes),
      ...(body === undefined ? {} : { body }),
    }),
  );
  return {
    encoded,
    hash: sha256(encoded),
    messageId: changes.messageId ?? textOf(property(parts, PROPERTIES_FIELD.messageId)),
    sessionId: textOf(property(parts, PROPERTIES_FIELD.groupId)),
    partitionKey: textOf(annotation(parts, "x-opt-partition-key")),
  };
}

/** What the broker writes into the header as it hands a message out. */
const DELIVERY_STATE: FieldChanges = new Map([
  [HEADER_FIELD.firstAcquirer, NULL],
  [HEADER_FIELD.deliveryCount, NULL],
]);

function messageProperties(parts: MessageParts, { messageId, expiry }: CopyChanges): FieldChanges {
  const changes = new Map<number, AmqpValue>();
  if (messageId !== undefined) changes.set(PROPERTIES_FIELD.messageId, amqpString(messageId));
  const { absoluteExpiryTime, creationTime } = PROPERTIES_FIELD;
  const expires = property(parts, absoluteExpiryTime);
  if (expiry === undefined || expires.type !== "timestamp") return changes;
  const life = expiry.policy === "renew" ? lifeOf(parts, expires.value) : null;
  if (expiry.policy === "none" || life === null) {
    changes.set(absoluteExpiryTime, NULL);
    return changes;
  }
  const at = BigInt(expiry.at.getTime());
  changes.set(absoluteExpiryTime, { type: "timestamp", value: at + life });
  if (property(parts, creationTime).type === "timestamp") changes.set(creationTime, { type: "timestamp", value: at });
  return changes;
}

/** Milliseconds that the sender gave the message: its time to live, or from its creation or arrival to its expiry. */
function lifeOf(parts: MessageParts, expires: bigint): bigint | null {
  const ttl = headerField(parts, HEADER_FIELD.ttl);
  if (ttl.type === "uint") return BigInt(ttl.value);
  const created = property(parts, PROPERTIES_FIELD.creationTime);
  const begun = created.type === "timestamp" ? created : annotation(parts, "x-opt-enqueued-time");
  return begun.type === "timestamp" && expires > begun.value ? expires - begun.value : null;
}

function schedule({ scheduledFor }: CopyChanges): Entry[] {
  if (scheduledFor === undefined) return [];
  const value = BigInt(scheduledFor.getTime());
  return [
    [
      { type: "symbol", value: "x-opt-scheduled-enqueue-time" },
      { type: "timestamp", value },
    ],
  ];
}

function applicationProperties({ properties = [], stamp, route }: CopyChanges): EntryChanges {
  const removed = new Set(properties.filter((change) => "remove" in change).map((change) => change.name));
  const set = properties.flatMap((change) => ("set" in change ? [setEntry(change)] : []));
  for (const change of properties) refuseReserved(change);
  return {
    remove: (name) => RESERVED_PROPERTIES.has(name) || removed.has(name),
    set: [...set, ...(stamp === null ? [] : stampEntries(stamp)), ...(route === undefined ? [] : [routeEntry(route)])],
  };
}

type Entry = readonly [AmqpValue & { type: "string" | "symbol" }, AmqpValue];

function setEntry(change: Extract<PropertyChange, { readonly set: unknown }>): Entry {
  const { type, value } = change.set;
  if (change.name === "") throw new BrokerError("invalid-message", "A property needs a name.");
  try {
    return [{ type: "string", value: change.name }, textToValue(type, value)];
  } catch (error) {
    if (!(error instanceof AmqpEncodeError)) throw error;
    throw new BrokerError("invalid-message", `Property "${change.name}": ${error.message}.`, { cause: error });
  }
}

function refuseReserved(change: PropertyChange): void {
  if (!RESERVED_PROPERTIES.has(change.name)) return;
  throw new BrokerError(
    "invalid-message",
    `Property "${change.name}" is written by the broker or by this console and is left off every copy: it cannot be edited.`,
  );
}

function routeEntry(route: string): Entry {
  return [{ type: "string", value: STAMP_ROUTE }, amqpString(route)];
}

const STAMP_NAMES = {
  item: { type: "string", value: STAMP_ITEM },
  attempt: { type: "string", value: STAMP_ATTEMPT },
  original: { type: "string", value: STAMP_ORIGINAL },
} as const;

function stampEntries(stamp: ReplayStamp): Entry[] {
  return [
    [STAMP_NAMES.item, amqpString(stamp.itemId)],
    [STAMP_NAMES.attempt, { type: "int", value: stamp.attempt }],
    [STAMP_NAMES.original, amqpString(stamp.originalKey)],
  ];
}

/** A new body stands where the old one stood: in a data section, or as a value of the type that the original has. */
function bodySection(parts: MessageParts, body: Uint8Array): Uint8Array {
  switch (bodyKind(parts)) {
    case "data":
    case "none":
      return encodeSection(SECTION.data, encodeValue({ type: "binary", value: body }));
    case "sequence":
      throw new BrokerError("invalid-message", "The body is an AMQP sequence: it cannot be edited as bytes.");
    case "value": {
      const value = bodyValue(parts);
      if (value?.type === "binary") return encodeSection(SECTION.value, encodeValue({ type: "binary", value: body }));
      if (value?.type === "string") return encodeSection(SECTION.value, encodeValue(amqpString(utf8(body))));
      const type = value?.type ?? "null";
      throw new BrokerError(
        "invalid-message",
        `The body is an AMQP value of type ${type}: it cannot be edited as bytes.`,
      );
    }
  }
}

function utf8(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (error) {
    throw new BrokerError("invalid-message", "The body is an AMQP string: its new bytes have to be UTF-8.", {
      cause: error,
    });
  }
}
