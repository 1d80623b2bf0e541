import { describe, expect, test } from "vitest";
import type { Payload } from "@/lib/contracts/dead-letters";
import { changesOf, draftErrors, draftProperties, editedContent, saveRequest } from "./edit-draft";

const original = [
  { name: "tenant", type: "string", value: "nordwind" },
  { name: "attempt", type: "int", value: "3" },
];

const payload: Payload = {
  deadLetterId: "1",
  kept: true,
  notKeptBecause: null,
  beingFetched: false,
  body: {
    kind: "data",
    encoding: "text",
    content: '{"a":1}',
    language: "json",
    parseError: null,
    bytes: 7,
    decoding: [],
    cutAt: null,
    editable: true,
    notEditableBecause: null,
  },
  header: [],
  annotations: [],
  messageProperties: [],
  applicationProperties: original,
  edit: null,
};

describe("a draft is the original with a saved edit on it", () => {
  test("no change drafts nothing", () => {
    expect(changesOf(draftProperties(original, []))).toEqual([]);
  });

  test("saved changes come back as the same changes", () => {
    const changes = [
      { name: "tenant", set: { type: "string", value: "contoso" } },
      { name: "attempt", remove: true as const },
      { name: "added", set: { type: "uuid", value: "x" } },
    ];
    expect(changesOf(draftProperties(original, changes))).toEqual(changes);
  });

  test("another type with the same text is a change", () => {
    const drafts = draftProperties(original, []).map((draft) =>
      draft.name === "attempt" ? { ...draft, type: "long" } : draft,
    );
    expect(changesOf(drafts)).toEqual([{ name: "attempt", set: { type: "long", value: "3" } }]);
  });

  test("a new property that is taken away again leaves no trace", () => {
    const drafts = draftProperties(original, [{ name: "added", set: { type: "string", value: "x" } }]);
    expect(changesOf(drafts.map((draft) => (draft.name === "added" ? { ...draft, removed: true } : draft)))).toEqual(
      [],
    );
  });
});

describe("what cannot be right is said before it is sent", () => {
  test("names are given once, whole numbers are whole", () => {
    const drafts = draftProperties(original, [
      { name: "x", set: { type: "long", value: "1.5" } },
      { name: "y", set: { type: "boolean", value: "yes" } },
    ]);
    const twice = [
      ...drafts,
      { key: "k", original: undefined, name: "tenant", type: "string", value: "", removed: false },
    ];
    expect(Object.keys(draftErrors(twice))).toEqual(["new x", "new y", "k"]);
    expect(draftErrors(draftProperties(original, []))).toEqual({});
  });
});

describe("a body is sent only when it differs from the message's", () => {
  test("unchanged: null, so that the bytes stay the broker's", () => {
    expect(saveRequest(payload, '{"a":1}', [], false).body).toBeNull();
    expect(saveRequest(payload, '{"a":2}', [], false).body).toEqual({ encoding: "text", content: '{"a":2}' });
  });

  test("the base is the version that the editor started from", () => {
    const edit = {
      id: crypto.randomUUID(),
      version: 4,
      body: { encoding: "base64" as const, content: btoa('{"a":3}') },
      properties: [],
      createdAt: "",
      createdBy: "",
    };
    expect(saveRequest({ ...payload, edit }, undefined, [], false).baseVersion).toBe(4);
    expect(payload.body && editedContent(payload.body, edit)).toBe('{"a":3}');
  });
});
