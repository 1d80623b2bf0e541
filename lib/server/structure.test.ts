import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const APP = join(process.cwd(), "app");

function filesNamed(name: string): string[] {
  return readdirSync(APP, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => relative(APP, join(entry.parentPath, entry.name)));
}

/**
 * Functions that read behind the gate, once a request: those of a page's own file, or those that pages share (null), in
 * files named load-….ts.
 */
function gatedLoaders(page: string | null): string[] {
  const files = page === null ? sourcesNamed(/^load-.*\.ts$/) : [readFileSync(join(APP, page), "utf8")];
  const loader = /^(?:export )?const (\w+) = cache\(async \([^)]*\) => \{\n\s+(?:const session = )?await pageGate\("/gm;
  return files.flatMap((source) => [...source.matchAll(loader)].map(([, name = ""]) => name));
}

function sourcesNamed(pattern: RegExp): string[] {
  return readdirSync(APP, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

/** Routes that answer without the gate, and why. Adding one is a decision to be seen in a review. */
const OPEN_ROUTES = [
  // The way in: next-auth's own checks, and ours before them.
  "api/auth/[...nextauth]/route.ts",
  // For whatever watches the process: yes or no.
  "api/health/route.ts",
  "api/ready/route.ts",
  // For consumers: asks for a token of their namespace.
  "api/confirmations/route.ts",
  // Text, not JSON: asks for the bearer token or for the permission itself.
  "metrics/route.ts",
];
const OPEN_PAGES = ["sign-in/page.tsx"];

describe("deny by default", () => {
  const routes = filesNamed("route.ts").filter((file) => !OPEN_ROUTES.includes(file));
  const pages = filesNamed("page.tsx").filter((file) => !OPEN_PAGES.includes(file));

  test("there is something to check", () => {
    expect(routes.length).toBeGreaterThan(10);
    expect(pages.length).toBeGreaterThan(0);
    expect(filesNamed("route.ts")).toEqual(expect.arrayContaining(OPEN_ROUTES));
  });

  test.each(routes)("every method of app/%s is wrapped in apiHandler", (file) => {
    const source = readFileSync(join(APP, file), "utf8");
    const exported = [...source.matchAll(/^export\s+(?!const (dynamic|revalidate|runtime)\b)(.*)$/gm)].map(
      ([, , rest]) => rest,
    );
    expect(exported.length).toBeGreaterThan(0);
    for (const rest of exported) expect(rest).toMatch(/^const (GET|POST|PUT|PATCH|DELETE) = apiHandler\(/);
  });

  // A layout is not asked again when a person moves between pages, so that each page asks for itself; so does its title.
  test.each(pages)("every function that app/%s gives to Next passes the gate before anything else", (file) => {
    const source = readFileSync(join(APP, file), "utf8");
    const gates = ["pageGate", ...gatedLoaders(file), ...gatedLoaders(null)];
    const given = [...source.matchAll(/^export (?:default )?async function (\w+)\([^\n]*\{\n([^\n]*)\n/gm)];
    expect(given.length).toBe([...source.matchAll(/^export (?!const metadata\b)/gm)].length);
    expect(given.length).toBeGreaterThan(0);
    for (const [, name, first] of given) {
      expect(first, `${name} begins with its gate`).toMatch(new RegExp(`await (${gates.join("|")})\\(`));
    }
  });

  test("no server action opens a way around the gate", () => {
    const sources = sourcesNamed(/\.tsx?$/);
    expect(sources.filter((source) => /["']use server["']/.test(source))).toEqual([]);
  });
});
