import { createScanner } from "jsonc-parser";
import type { JsonType } from "../filter/expression";
import { ANY, type PathStep, spellPath } from "../filter/json-path";

/** One place in a JSON text and what is there. `text`: of a scalar; numbers as their digits. */
export interface JsonLeaf {
  readonly path: string;
  readonly type: JsonType;
  readonly text: string;
}

/** SyntaxKind of jsonc-parser's scanner, which are const enums there and cannot be named from here. */
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const COMMA = 5;
const NULL = 7;
const TRUE = 8;
const FALSE = 9;
const STRING = 10;
const NUMBER = 11;
const LINE_BREAK = 14;
const BLANK = 15;
const END = 17;

export interface Flattened {
  readonly leaves: readonly JsonLeaf[];
  /** The text has more places, or is deeper, than were taken. */
  readonly cut: boolean;
}

export interface FlattenLimits {
  readonly leaves: number;
  readonly depth: number;
}

/**
 * Every place of a JSON text in one pass, objects and arrays included, in time linear in the text and without recursion.
 * The text must be JSON (findJsonError is null for it).
 */
export function flattenJson(text: string, limits: FlattenLimits): Flattened {
  const scanner = createScanner(text, false);
  const leaves: JsonLeaf[] = [];
  const steps: PathStep[] = [];
  /** What each open bracket is; in an object, whether a key comes next. */
  const open: ("object" | "array")[] = [];
  let atKey = false;
  let cut = false;
  // Paths repeat for every element of an array: each is spelled once for its parent.
  const add = (type: JsonType, value: string) => {
    if (open.length > limits.depth) cut = true;
    else leaves.push({ path: spellPath(steps), type, text: value });
  };
  for (let kind: number = scanner.scan(); kind !== END; kind = scanner.scan()) {
    if (leaves.length >= limits.leaves) {
      cut = true;
      break;
    }
    switch (kind) {
      case OPEN_BRACE:
        add("object", "");
        open.push("object");
        steps.push("");
        atKey = true;
        break;
      case OPEN_BRACKET:
        add("array", "");
        open.push("array");
        steps.push(ANY);
        atKey = false;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop();
        steps.pop();
        atKey = false;
        break;
      case COMMA:
        atKey = open.at(-1) === "object";
        break;
      case STRING:
        if (atKey) {
          steps[steps.length - 1] = scanner.getTokenValue();
          atKey = false;
        } else add("string", scanner.getTokenValue());
        break;
      case NUMBER:
        add("number", scanner.getTokenValue());
        break;
      case TRUE:
      case FALSE:
        add("boolean", kind === TRUE ? "true" : "false");
        break;
      case NULL:
        add("null", "");
        break;
      case LINE_BREAK:
      case BLANK:
        break;
    }
  }
  return { leaves, cut };
}
