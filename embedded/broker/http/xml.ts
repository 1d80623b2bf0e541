/** One element of an XML document. Names are without their prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Text directly inside it. */
  readonly text: string;
}

export class XmlError extends Error {
  override readonly name = "XmlError";
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s<>/]+)((?:"[^"]*"|'[^']*'|[^<>"'])*?)(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([^\s=]+)\s*=\s*("([^"]*)"|'([^']*)')/g;
const MAX_DEPTH = 32;

interface OpenElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: OpenElement[];
  text: string;
}

/** Reads the elements, attributes and text of a small document; it knows no DTD and so expands nothing. Throws `XmlError`. */
export function parseXml(text: string): XmlElement {
  const root: OpenElement = { name: "", attributes: {}, children: [], text: "" };
  const stack = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (token === null) throw new XmlError(`The XML is not well-formed at character ${at + 1}.`);
    const [, cdata, closing, name, attributes, selfClosing, content] = token;
    const top = stack[stack.length - 1] as OpenElement;
    if (cdata !== undefined) top.text += cdata;
    else if (content !== undefined) top.text += unescapeXml(content);
    else if (name !== undefined && closing === "/") {
      if (stack.length === 1 || top.name !== localName(name)) throw new XmlError(`</${name}> closes nothing.`);
      stack.pop();
    } else if (name !== undefined) {
      if (stack.length > MAX_DEPTH) throw new XmlError(`Elements are nested deeper than ${MAX_DEPTH}.`);
      const element: OpenElement = {
        name: localName(name),
        attributes: attributesOf(attributes ?? ""),
        children: [],
        text: "",
      };
      top.children.push(element);
      if (selfClosing !== "/") stack.push(element);
    }
  }
  const document = root.children[0];
  if (stack.length !== 1 || document === undefined) throw new XmlError("The XML ends inside an element.");
  return document;
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** Text of a child element; undefined when there is no such child. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] as string);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g,
    (all, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? all;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, , double, single] of text.matchAll(ATTRIBUTE)) {
    if (name !== undefined) attributes[localName(name)] = unescapeXml(double ?? single ?? "");
  }
  return attributes;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
