import { readErrorTexts } from "../lib/testing/error-texts/error-texts";
import { type GroupingJudgement, judgeGrouping } from "../lib/testing/error-texts/judge-grouping";

/**
 * How well the fingerprint groups real error texts: the adjusted Rand index against labels given by hand, on the texts that the
 * grouper was made with and on texts that were written only after it was frozen.
 * Run: `npm run bench:grouping [-- --json]`; `--verbose` lists what came apart and what was thrown together.
 */
const judgements: Record<string, GroupingJudgement> = {
  known: judgeGrouping(readErrorTexts("templates.txt")),
  "held out": judgeGrouping(readErrorTexts("held-out.txt")),
};

console.log("texts     lines  labels  groups  adjusted Rand index");
for (const [name, { lines, labels, groups, adjustedRandIndex }] of Object.entries(judgements)) {
  console.log(
    `${name.padEnd(9)} ${String(lines).padStart(5)}  ${String(labels).padStart(6)}  ${String(groups).padStart(6)}  ${adjustedRandIndex.toFixed(4).padStart(19)}`,
  );
}
if (process.argv.includes("--verbose")) {
  for (const [name, { split, merged }] of Object.entries(judgements)) {
    for (const { label, signatures } of split)
      console.log(`${name}: ${label} came apart:\n  ${signatures.join("\n  ")}`);
    for (const labels of merged) console.log(`${name}: thrown together: ${labels.join(", ")}`);
  }
}
if (process.argv.includes("--json")) {
  const figures = Object.entries(judgements).map(([name, { lines, labels, groups, adjustedRandIndex }]) => [
    name,
    { lines, labels, groups, adjustedRandIndex },
  ]);
  console.log(JSON.stringify(Object.fromEntries(figures)));
}
