import type { TypedPropertyWire } from "@/lib/contracts/dead-letters";

/** Properties that dead-lettering or this console wrote; a copy goes without them, so there is nothing in them to edit. */
const RESERVED = /^(DeadLetterReason|DeadLetterErrorDescription|dlq-console-.*)$/;

/** The properties that a correction can touch. */
export function editableProperties(properties: readonly TypedPropertyWire[]): TypedPropertyWire[] {
  return properties.filter((property) => !RESERVED.test(property.name));
}
