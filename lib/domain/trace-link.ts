/** Links into somebody's tracing tool, by a template with places for what a message carries. */

export const LINK_PLACES = ["traceId", "spanId", "correlationId", "messageId", "enqueuedAt"] as const;
type LinkPlace = (typeof LINK_PLACES)[number];

const PLACE = /\{([^{}]*)\}/g;

/** Why an address cannot be a template, in words; null when it can. Only https, and no place in the name of the host. */
export function checkLinkTemplate(template: string): string | null {
  const places = [...template.matchAll(PLACE)].map(([, name = ""]) => name);
  const unknown = places.find((name) => !(LINK_PLACES as readonly string[]).includes(name));
  if (unknown !== undefined)
    return `has {${unknown}}, which is none of ${LINK_PLACES.map((name) => `{${name}}`).join(", ")}`;
  if (places.length === 0) return "has no place to fill in, such as {traceId}";
  const [one, other] = ["a", "b"].map((text) => template.replaceAll(PLACE, text));
  if (one === undefined || other === undefined || !URL.canParse(one)) return "is no address";
  if (new URL(one).protocol !== "https:") return "is no https address";
  return new URL(one).host === new URL(other).host && new URL(one).username === ""
    ? null
    : "names its host by a message";
}

/** The address for one message, its values encoded; null when the message lacks one that the template asks for. */
export function fillLink(template: string, values: Readonly<Record<LinkPlace, string | null>>): string | null {
  let whole = true;
  const address = template.replaceAll(PLACE, (_, name: LinkPlace) => {
    const value = values[name];
    if (value === null || value === "") whole = false;
    return encodeURIComponent(value ?? "");
  });
  // A value of dots alone would climb out of its place in the path.
  return whole && checkDots(template, values) ? address : null;
}

function checkDots(template: string, values: Readonly<Record<LinkPlace, string | null>>): boolean {
  return [...template.matchAll(PLACE)].every(([, name]) => !/^\.{1,2}$/.test(values[name as LinkPlace] ?? ""));
}
