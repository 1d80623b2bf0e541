import { SaxesParser } from "saxes";

/** Elements inside each other, at most: deeper ones are an attack on whoever reads them, not a document. */
const MAX_DEPTH = 500;

/**
 * The first thing that keeps a text from being well-formed XML, in words with line and column; null when it is. Reads in one pass
 * without a tree; nothing is fetched and no entity is expanded, so that neither size nor nesting can be made to explode.
 * Prefixes are not resolved, which would take time for every element of the nesting.
 */
export function findXmlError(text: string): string | null {
  let declaresEntities = false;
  let depth = 0;
  const parser = new SaxesParser({ xmlns: false, position: true });
  parser.on("doctype", (doctype) => {
    declaresEntities ||= doctype.includes("<!ENTITY");
  });
  parser.on("opentag", () => {
    depth += 1;
    if (depth > MAX_DEPTH) throw new Found("It is nested too deeply to be read.");
  });
  parser.on("closetag", () => {
    depth -= 1;
  });
  parser.on("error", (error) => {
    // The parser does not read declarations: an entity that the document declares itself is no error of the document.
    if (declaresEntities && /undefined entity/i.test(error.message)) return;
    const what = error.message.replace(/^(?:undefined|\d+):\d+: /, "").replace(/\.$/, "");
    // Nothing is read after the first one: the parser would go on, and take its time over a body of errors.
    throw new Found(`Line ${parser.line}, column ${parser.column + 1}: ${what}.`);
  });
  try {
    parser.write(text.startsWith("\uFEFF") ? text.slice(1) : text).close();
  } catch (error) {
    if (error instanceof Found) return error.message;
    throw error;
  }
  return null;
}

/** Ends the parser's reading; the message is what was found. */
class Found extends Error {}
