/**
 * Properties that name a message's type, the most telling first: NServiceBus ("NServiceBus.EnclosedMessageTypes"), MassTransit
 * ("MT-MessageType"), Rebus ("rbs2-msg-type"), CloudEvents in binary mode ("cloudEvents:type", "cloudEvents_type", "ce-type"), Spring
 * ("__TypeId__"), then the names that people choose themselves ("MessageType", "message-type", "EventType", "Type").
 * They are compared without case and punctuation, which clients and bridges change.
 */
const NAMES = [
  "nservicebusenclosedmessagetypes",
  "mtmessagetype",
  "rbs2msgtype",
  "cloudeventstype",
  "cetype",
  "typeid",
  "messagetype",
  "eventtype",
  "type",
];
const RANKS: ReadonlyMap<string, number> = new Map(NAMES.map((name, rank) => [name, rank]));
const LONGEST_NAME = 60;

/** Characters of a value that are looked at: NServiceBus lists all interfaces of a message, each with its assembly. */
const MAX_INPUT = 2_000;
const MAX_TYPE = 300;

const MASSTRANSIT_URN = /^urn:message:/i;
/** Brighter says of each message whether it is an event or a command, in a property "MessageType". */
const BRIGHTER_SORT = /^MT_[A-Z]+$/;
const UUID = /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;
/** .NET: the number of a generic type's parameters. */
const ARITY = /`\d{1,3}/g;

/**
 * The type of a message by its application properties, at most 300 characters: the first one that is named, without assembly and version.
 * Null: no property names one. Numbers, ids and texts of several words are no names.
 */
export function messageTypeOf(properties: readonly { readonly name: string; readonly value: string }[]): string | null {
  let type: string | null = null;
  let best = NAMES.length;
  for (const { name, value } of properties) {
    const rank = rankOf(name);
    if (rank >= best) continue;
    const named = nameIn(value);
    if (named === null) continue;
    type = named;
    best = rank;
  }
  return type;
}

function rankOf(name: string): number {
  if (name.length > LONGEST_NAME) return NAMES.length;
  return RANKS.get(name.replace(/[^\p{L}\d]/gu, "").toLowerCase()) ?? NAMES.length;
}

function nameIn(value: string): string | null {
  const text = value.slice(0, MAX_INPUT).trim();
  const first = withoutAssemblies(text).replace(ARITY, "").trim();
  const named = MASSTRANSIT_URN.test(first) ? first.replace(MASSTRANSIT_URN, "").replaceAll(":", ".") : first;
  // Words are what somebody wrote of the message, and a cause's signature is for everybody to see.
  if (!/\p{L}/u.test(named) || /\s/.test(named) || UUID.test(named) || BRIGHTER_SORT.test(named)) return null;
  // No half of a character is left.
  return named.slice(0, MAX_TYPE).replace(/[\uD800-\uDBFF]$/, "");
}

/**
 * The first of a list of types. .NET puts the assembly behind a comma, and arguments of generic types, with assemblies of their own, into
 * two pairs of brackets: "Envelope`1[[Order, Contracts, Version=1.0.0.0]], Contracts".
 */
function withoutAssemblies(types: string): string {
  let kept = "";
  let depth = 0;
  /** How deep the assembly lies that is being left out; null: none is. */
  let assembly: number | null = null;
  for (const sign of types) {
    if (depth === 0 && (sign === "," || sign === ";")) break;
    if (sign === "]" && assembly === depth) assembly = null;
    if (sign === "," && assembly === null && depth % 2 === 0) assembly = depth;
    if (assembly === null) kept += sign;
    if (sign === "[") depth++;
    if (sign === "]") depth--;
  }
  return kept;
}
