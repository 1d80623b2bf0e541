import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import type { BrokerMessage, MessageView } from "@/lib/brokers/broker";

/**
 * The business key of a message, as text: an application property by its name, or with a leading slash a JSON pointer into
 * the body. Numbers keep their digits, so that large ones differ. Null: the message has none.
 */
export function businessKeyOf(where: string, view: Pick<MessageView, "applicationProperties" | "body">): string | null {
  if (!where.startsWith("/")) return propertyOf(where, view.applicationProperties);
  if (view.body === null) return null;
  const text = Buffer.from(view.body).toString("utf8");
  const root = parseTree(text, [], { disallowComments: true });
  const node = root && findNodeAtLocation(root, segmentsOf(where, root));
  if (node === undefined || node.type === "object" || node.type === "array" || node.type === "null") return null;
  return node.type === "string" ? String(node.value) : text.slice(node.offset, node.offset + node.length);
}

function propertyOf(name: string, properties: BrokerMessage["properties"]): string | null {
  return properties.find((property) => property.name === name)?.value ?? null;
}

/** RFC 6901; a number is an index only where the parent is an array. */
function segmentsOf(pointer: string, root: Node): (string | number)[] {
  const segments: (string | number)[] = [];
  for (const part of pointer.slice(1).split("/")) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const parent = segments.length === 0 ? root : findNodeAtLocation(root, segments);
    segments.push(parent?.type === "array" && /^\d+$/.test(name) ? Number(name) : name);
  }
  return segments;
}
