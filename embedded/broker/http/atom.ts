import { escapeXml } from "./xml";

const SERVICE_BUS = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

/** One resource as an Atom entry: its address, title and description element. */
export interface AtomEntry {
  readonly id: string;
  readonly title: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** A description element with its inside, from `description`. */
  readonly content: string;
}

/** <Name xmlns=…>fields</Name>; fields that are null are left out. */
export function description(name: string, fields: readonly (readonly [string, string | null])[]): string {
  const inside = fields.map(([field, value]) => (value === null ? "" : `<${field}>${value}</${field}>`)).join("");
  return `<${name} xmlns="${SERVICE_BUS}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">${inside}</${name}>`;
}

export function entryXml(entry: AtomEntry, root = true): string {
  const namespace = root ? ' xmlns="http://www.w3.org/2005/Atom"' : "";
  return (
    `<entry${namespace}><id>${escapeXml(entry.id)}</id><title type="text">${escapeXml(entry.title)}</title>` +
    `<published>${isoTime(entry.createdAt)}</published><updated>${isoTime(entry.updatedAt)}</updated>` +
    `<link rel="self" href="${escapeXml(entry.id)}"/><content type="application/xml">${entry.content}</content></entry>`
  );
}

/** `next`: where the rest of the list is; null at its end. */
export function feedXml(
  id: string,
  title: string,
  updatedAt: number,
  entries: readonly AtomEntry[],
  next: string | null,
): string {
  const nextLink = next === null ? "" : `<link rel="next" href="${escapeXml(next)}"/>`;
  return (
    `<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">${escapeXml(title)}</title><id>${escapeXml(id)}</id>` +
    `<updated>${isoTime(updatedAt)}</updated><link rel="self" href="${escapeXml(id)}"/>${nextLink}` +
    `${entries.map((entry) => entryXml(entry, false)).join("")}</feed>`
  );
}

export function errorXml(code: number, detail: string): string {
  return `<Error><Code>${code}</Code><Detail>${escapeXml(detail)}</Detail></Error>`;
}

/** Times carry seven digits of a second, as .NET writes them. */
export function isoTime(time: number): string {
  return new Date(time).toISOString().replace(/(\.\d{3})Z$/, "$10000Z");
}
