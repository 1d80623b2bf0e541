// Checks the import rules of .dependency-cruiser.mjs and says of each violation where the code belongs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import rules from "../.dependency-cruiser.mjs";
import { root } from "./prepare/paths.mjs";

const PLACES = [
  "app",
  "components",
  "e2e",
  "embedded",
  "lib",
  "scripts",
  "worker",
  "bench",
  "proxy.ts",
  "instrumentation.ts",
  "instrumentation-client.ts",
];

process.chdir(root);
const places = PLACES.filter((place) => existsSync(join(root, place)));
const { output } = await cruise(
  places,
  { ...rules.options, ruleSet: { forbidden: /** @type {any} */ (rules.forbidden) }, validate: true },
  { extensions: [".ts", ".tsx", ".mjs", ".js"] },
  { tsConfig: extractTSConfig(join(root, "tsconfig.json")) },
);
if (typeof output === "string") throw new Error("dependency-cruiser reported text where a result was expected");

const { violations, totalCruised } = output.summary;
const why = new Map(rules.forbidden.map((rule) => [rule.name, rule.comment]));
for (const violation of violations) {
  const by = violation.cycle?.map((step) => step.name).join(" -> ") ?? violation.to;
  console.error(`${violation.from} -> ${by}\n    ${violation.rule.name}: ${why.get(violation.rule.name)}`);
}
// With a compiler that it does not understand, dependency-cruiser reads nothing and finds nothing wrong.
const read = output.modules.filter((module) => module.source.endsWith(".ts") || module.source.endsWith(".tsx"));
const unread = places.filter((place) => !read.some((module) => module.source.startsWith(place)) && place !== "bench");
if (unread.length > 0) console.error(`No TypeScript module was read in: ${unread.join(", ")}`);
console.log(`${totalCruised} modules read, ${violations.length} violations`);
process.exitCode = violations.length > 0 || unread.length > 0 ? 1 : 0;
