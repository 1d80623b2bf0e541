import type { DecodedValue } from "../../amqp/decode-value";
import { HEADER_FIELD, PROPERTIES_FIELD } from "../../amqp/sections";
import type { MessageView, TypedProperty } from "../broker";
import { bodyKind, bodySequences, bodyValue, dataSections, type MessageParts, takeApart } from "./message-parts";
import { typedEntries } from "./read-message";
import { renderValue, valueToText } from "./value-text";

/** A message as parts for the eye. Throws `BrokerError` "invalid-message" when the bytes are no AMQP message. */
export function viewMessage(encoded: Uint8Array): MessageView {
  const parts = takeApart(encoded);
  return {
    ...viewBody(parts),
    header: namedFields(parts.header, HEADER_FIELD),
    annotations: typedEntries(parts.annotations),
    messageProperties: namedFields(parts.properties, PROPERTIES_FIELD),
    applicationProperties: typedEntries(parts.applicationProperties),
  };
}

function viewBody(parts: MessageParts): Pick<MessageView, "bodyKind" | "body" | "bodyText"> {
  const kind = bodyKind(parts);
  switch (kind) {
    case "none":
      return { bodyKind: kind, body: null, bodyText: null };
    case "data":
      return { bodyKind: kind, body: Buffer.concat(dataSections(parts)), bodyText: null };
    case "sequence":
      return { bodyKind: kind, body: null, bodyText: bodySequences(parts).map(renderValue).join("\n") };
    case "value": {
      const value = bodyValue(parts);
      if (value?.type === "binary") return { bodyKind: kind, body: value.value, bodyText: null };
      if (value?.type === "string") return { bodyKind: kind, body: Buffer.from(value.value, "utf8"), bodyText: null };
      return { bodyKind: kind, body: null, bodyText: value === null ? null : renderValue(value) };
    }
  }
}

/** The fields that are there, by the names that the AMQP specification gives them ("message-id"). */
function namedFields(fields: readonly DecodedValue[], names: Readonly<Record<string, number>>): TypedProperty[] {
  return Object.entries(names).flatMap(([name, index]) => {
    const value = fields[index]?.value;
    if (value === undefined || value.type === "null") return [];
    return [{ name: name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), ...valueToText(value) }];
  });
}
