import { test } from "vitest";
import { Bench } from "./bench";
import type { Ability, ConformanceTarget } from "./target";

/** One rule of the service's, with a bench of its own; skipped where the broker lacks an ability, which the name then says. */
export type Rule = (name: string, needs: readonly Ability[], check: (bench: Bench) => Promise<void>) => void;

interface Entry {
  readonly name: string;
  readonly lacking: readonly Ability[];
}

/** A rule may wait several times for what happens by itself, or for time to pass. */
const PATIENCES = 6;

/** All rules of one run, by name: which are checked and which are not, and why. */
export class RuleBook {
  readonly target: ConformanceTarget;
  readonly #entries: Entry[] = [];
  #checked = 0;

  constructor(target: ConformanceTarget) {
    this.target = target;
  }

  readonly rule: Rule = (name, needs, check) => this.#add(this.target, name, needs, check);

  /** The same book, with rules for another broker of the same kind (one that checks tokens). */
  ruleFor(target: ConformanceTarget): Rule {
    return (name, needs, check) => this.#add(target, name, needs, check);
  }

  get names(): readonly string[] {
    return this.#entries.map(({ name }) => name);
  }

  /** How many rules were checked and held, and each that cannot be checked here, with what the broker lacks. */
  summary(): string {
    const skipped = this.#entries.filter(({ lacking }) => lacking.length > 0);
    const lines = skipped.map(({ name, lacking }) => `  - ${name} (needs ${lacking.join(", ")})`);
    return [
      `${this.target.name}: ${this.#checked} of ${this.#entries.length} rules hold, ${skipped.length} cannot be checked here${lines.length > 0 ? ":" : ""}`,
      ...lines,
    ].join("\n");
  }

  get skipped(): number {
    return this.#entries.filter(({ lacking }) => lacking.length > 0).length;
  }

  #add(
    target: ConformanceTarget,
    name: string,
    needs: readonly Ability[],
    check: (bench: Bench) => Promise<void>,
  ): void {
    if (this.names.includes(name)) throw new Error(`Two rules are named "${name}".`);
    const lacking = (["administration", ...needs] as Ability[]).filter((ability) => target.cannot.has(ability));
    this.#entries.push({ name, lacking });
    const title = lacking.length === 0 ? name : `${name} (not here: ${lacking.join(", ")})`;
    test.skipIf(lacking.length > 0)(title, { timeout: PATIENCES * target.patienceMs }, async () => {
      const bench = new Bench(target);
      try {
        await check(bench);
        this.#checked++;
      } finally {
        await bench.close();
      }
    });
  }
}
