/** One thing that is wrong with the configuration. Never holds a value: any value may be a secret. */
export interface ConfigProblem {
  /** The environment variable, or the path of the key in the file: "namespaces[0].maxReplayRate". */
  readonly key: string;
  /** What is wrong and what was expected instead. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Lists every problem of the configuration at once, so that a start fails once and not once a mistake. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((p) => `  ${p.key}: ${p.problem}. ${p.remedy}.`);
    super(
      `The configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${lines.join("\n")}`,
    );
    this.problems = problems;
  }
}
