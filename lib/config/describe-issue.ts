import * as z from "zod";
import type { ConfigProblem } from "./config-error";

/** Turns a zod issue of the configuration file into problems with the key's path, what was expected and what to do. */
export function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType): ConfigProblem[] {
  const key = formatPath(issue.path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((unknown) => ({
        key: formatPath([...issue.path, unknown]),
        problem: "this key is not known",
        remedy: known.length > 0 ? `Known here are ${known.join(", ")}` : "Remove it",
      }));
    }
    case "invalid_type":
      return [{ key, problem: `expected ${article(issue.expected)}`, remedy: "Change its value" }];
    case "invalid_value":
      return [{ key, problem: `expected one of ${issue.values.map(String).join(", ")}`, remedy: "Use one of these" }];
    case "too_small": {
      const bound = `${issue.inclusive === false ? "more than" : "at least"} ${String(issue.minimum)}`;
      return [{ key, problem: `expected ${bound}${unit(issue.origin)}`, remedy: "Use a larger value" }];
    }
    case "too_big": {
      const bound = `${issue.inclusive === false ? "less than" : "at most"} ${String(issue.maximum)}`;
      return [{ key, problem: `expected ${bound}${unit(issue.origin)}`, remedy: "Use a smaller value" }];
    }
    case "invalid_format":
      return [describeFormat(key, issue.format, issue.path)];
    case "custom":
      return [{ key, problem: issue.message, remedy: "Correct it" }];
    default:
      return [{ key, problem: "the value does not fit", remedy: "See docs/configuration.md" }];
  }
}

function describeFormat(key: string, format: string, path: readonly PropertyKey[]): ConfigProblem {
  const last = String(path.at(-1));
  if (format === "url") {
    return { key, problem: "expected an address", remedy: "Write it in full, with https:// or http://" };
  }
  if (last.endsWith("Variable")) {
    return {
      key,
      problem: "expected the name of an environment variable (capital letters, digits, underscores)",
      remedy: "Put the secret into an environment variable and give that variable's name here",
    };
  }
  if (last === "fullyQualifiedNamespace") {
    return { key, problem: "expected a host name", remedy: 'Write it like "contoso.servicebus.windows.net"' };
  }
  return { key, problem: "the text does not have the expected form", remedy: "See docs/configuration.md" };
}

const ARTICLES: Readonly<Record<string, string>> = {
  array: "a list",
  object: "an object",
  record: "an object",
  string: "a text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function article(type: string): string {
  return ARTICLES[type] ?? type;
}

function unit(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " entries" : "";
}

/** "namespaces[0].include" for ["namespaces", 0, "include"]; "the file" for the top. */
export function formatPath(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "the file" : text.replace(/^\./, "");
}

/** The keys that an object schema knows at a path; none when the path leads to no object. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType = unwrap(schema);
  for (const part of path) {
    if (at instanceof z.ZodArray) at = unwrap(at.element);
    else if (at instanceof z.ZodObject) at = unwrap(at.shape[String(part)]);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    inner = inner.unwrap();
  }
  return inner;
}
