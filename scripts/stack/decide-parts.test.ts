import { describe, expect, test } from "vitest";
import { decideParts } from "./decide-parts";

const none = { embeddedDatabase: false, embeddedBroker: false, sample: true };

describe("what npm start runs", () => {
  test("nothing set: everything embedded, with the sample", () => {
    expect(decideParts({ databaseUrl: false, namespaces: false, flags: none })).toEqual({
      parts: { database: "embedded", broker: "embedded", sample: true },
    });
  });

  test("database and namespaces set: nothing embedded, no sample", () => {
    expect(decideParts({ databaseUrl: true, namespaces: true, flags: none })).toEqual({
      parts: { database: "given", broker: "configured", sample: false },
    });
  });

  test("--no-sample leaves the sample out", () => {
    expect(decideParts({ databaseUrl: false, namespaces: false, flags: { ...none, sample: false } })).toEqual({
      parts: { database: "embedded", broker: "embedded", sample: false },
    });
  });

  test.each([
    ["a real namespace with the embedded database", { databaseUrl: false, namespaces: true }, "--embedded-database"],
    ["the embedded broker with a real database", { databaseUrl: true, namespaces: false }, "--embedded-broker"],
  ])("%s needs a flag, and the refusal names it", (_, given, flag) => {
    expect(decideParts({ ...given, flags: none })).toEqual({ refused: expect.stringContaining(flag) });
  });

  test("with its flag, each mixture runs, and a real namespace gets no sample", () => {
    expect(decideParts({ databaseUrl: false, namespaces: true, flags: { ...none, embeddedDatabase: true } })).toEqual({
      parts: { database: "embedded", broker: "configured", sample: false },
    });
    expect(decideParts({ databaseUrl: true, namespaces: false, flags: { ...none, embeddedBroker: true } })).toEqual({
      parts: { database: "given", broker: "embedded", sample: true },
    });
  });

  test.each([
    [{ databaseUrl: true, namespaces: true, flags: { ...none, embeddedDatabase: true } }],
    [{ databaseUrl: false, namespaces: true, flags: { ...none, embeddedBroker: true } }],
  ])("a flag that contradicts a setting is refused: %o", (given) => {
    expect(decideParts(given)).toEqual({ refused: expect.stringContaining("exclude each other") });
  });
});
