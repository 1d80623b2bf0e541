import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const APP = join(process.cwd(), "app");

function filesNamed(name: string): string[] {
  return readdirSync(APP, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => relative(APP, join(entry.parentPath, entry.name)));
}

/** Routes that answer without the gate, and why. Adding one is a decision to be seen in a review. */
const OPEN_ROUTES = [
  // The way in: next-auth's own checks, and ours before them.
  "api/auth/[...nextauth]/route.ts",
  // For whatever watches the process: yes or no.
  "api/health/route.ts",
  "api/ready/route.ts",
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

  test.each(pages)("app/%s passes the gate before anything else", (file) => {
    const source = readFileSync(join(APP, file), "utf8");
    const body = source.slice(source.indexOf("export default async function"));
    expect(body).toMatch(/^export default async function/);
    // A layout is not asked again when a person moves between pages, so that each page asks for itself.
    expect(body.slice(body.indexOf(") {"))).toMatch(/^\) \{\s+(const session = )?await pageGate\("/);
  });

  test("no server action opens a way around the gate", () => {
    const sources = readdirSync(APP, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    expect(sources.filter((source) => /["']use server["']/.test(source))).toEqual([]);
  });
});
