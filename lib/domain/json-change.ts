import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import { ANY, type PathStep } from "./filter/json-path";

/** One change of a JSON text: what stands at a path becomes this JSON text, or goes. "[]" is every element of an array. */
export type JsonChange =
  | { readonly path: readonly PathStep[]; readonly set: string }
  | { readonly path: readonly PathStep[]; readonly remove: true };

export type ChangedJson =
  | { readonly kind: "changed"; readonly text: string }
  /** It is so already. */
  | { readonly kind: "same" }
  | { readonly kind: "impossible"; readonly why: string };

interface Splice {
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

/**
 * Changes a JSON text in place: every character outside of what is changed stays as it was, so that numbers keep their digits and the rest its
 * layout. A member that is not there is added to its object; an object on the way that is not there is not made up. The text must be JSON.
 */
export function changeJson(text: string, change: JsonChange): ChangedJson {
  const root = readTree(text);
  if (root === null) return { kind: "impossible", why: "it is nested too deeply to be read" };
  const last = change.path.at(-1);
  if (last === undefined || last === ANY) return { kind: "impossible", why: "the path names no member of an object" };
  const parents = placesOf(root, change.path.slice(0, -1));
  if (parents.length === 0) return nothingThere(change);
  const splices: Splice[] = [];
  for (const parent of parents) {
    if (parent.type !== "object") return nothingThere(change);
    const members = (parent.children ?? []).filter((member) => member.children?.[0]?.value === last);
    if (members.length > 1)
      return { kind: "impossible", why: `the name ${JSON.stringify(last)} stands twice in one object` };
    splices.push(
      ...("set" in change ? setMember(text, parent, members[0], last, change.set) : removeMember(parent, members[0])),
    );
  }
  if (splices.length === 0) return { kind: "same" };
  return { kind: "changed", text: apply(text, splices) };
}

function readTree(text: string): Node | null {
  try {
    return parseTree(text) ?? null;
  } catch (error) {
    // The parser descends by recursion.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** To remove what is nowhere is done already; to set something there needs a place. */
function nothingThere(change: JsonChange): ChangedJson {
  return "set" in change
    ? { kind: "impossible", why: "the object that it would stand in is not there" }
    : { kind: "same" };
}

function placesOf(root: Node, path: readonly PathStep[]): Node[] {
  let places = [root];
  for (const step of path) {
    places = places.flatMap((place) => {
      if (step === ANY) return place.type === "array" ? (place.children ?? []) : [];
      const found = place.type === "object" ? findNodeAtLocation(place, [step]) : undefined;
      return found === undefined ? [] : [found];
    });
  }
  return places;
}

function setMember(text: string, parent: Node, member: Node | undefined, name: string, value: string): Splice[] {
  const present = member?.children?.[1];
  if (present !== undefined) {
    const { offset, length } = present;
    return text.slice(offset, offset + length) === value ? [] : [{ at: offset, length, text: value }];
  }
  const added = `${JSON.stringify(name)}: ${value}`;
  const before = parent.children?.at(-1);
  return before === undefined
    ? [{ at: parent.offset + 1, length: 0, text: added }]
    : [{ at: before.offset + before.length, length: 0, text: `, ${added}` }];
}

/** The member with the comma that parted it from its neighbour. */
function removeMember(parent: Node, member: Node | undefined): Splice[] {
  if (member === undefined) return [];
  const members = parent.children ?? [];
  const index = members.indexOf(member);
  const [before, after] = [members[index - 1], members[index + 1]];
  const end = member.offset + member.length;
  if (after !== undefined) return [{ at: member.offset, length: after.offset - member.offset, text: "" }];
  if (before === undefined) return [{ at: member.offset, length: member.length, text: "" }];
  const from = before.offset + before.length;
  return [{ at: from, length: end - from, text: "" }];
}

function apply(text: string, splices: readonly Splice[]): string {
  let changed = text;
  for (const { at, length, text: value } of splices.toSorted((a, b) => b.at - a.at)) {
    changed = changed.slice(0, at) + value + changed.slice(at + length);
  }
  return changed;
}
