import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { namesNamespaces } from "./names-namespaces";

const folder = mkdtempSync(join(tmpdir(), "names-namespaces-"));
afterAll(() => rmSync(folder, { recursive: true }));

function told(content: string): boolean | string {
  const file = join(folder, "console.json");
  writeFileSync(file, content);
  return namesNamespaces({ DLQ_CONSOLE_CONFIG: file });
}

describe("what the start knows of the configuration file", () => {
  it("tells namespaces from none", () => {
    expect(namesNamespaces({})).toBe(false);
    expect(told('{"scan": {}}')).toBe(false);
    expect(told('{"namespaces": []}')).toBe(true);
  });

  it("says of a file that is no JSON where, and repeats nothing of it", () => {
    const words = told('{"namespaces": [\n  secret');
    expect(words).toMatch(/not valid JSON.* at line 2, column 3/);
    expect(words).not.toContain("secret");
    expect(words).not.toContain("DATABASE_URL");
  });

  it("says of a file that is not there that it cannot be read", () => {
    expect(namesNamespaces({ DLQ_CONSOLE_CONFIG: join(folder, "none.json") })).toMatch(/cannot be read \(ENOENT\)/);
  });
});
