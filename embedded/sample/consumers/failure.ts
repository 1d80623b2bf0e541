import type { Verdict } from "./consumer";

/** An error of a service, with the reason code that the service dead-letters it under. */
export class Failure extends Error {
  /** Class of the error in the service's own language. */
  readonly kind: string;
  readonly reason: string;
  /** First lines of the stack, innermost first, without the language's prefix. */
  readonly frames: readonly string[];

  constructor(reason: string, kind: string, message: string, frames: readonly string[]) {
    super(message);
    this.reason = reason;
    this.kind = kind;
    this.frames = frames;
  }
}

export type Language = ".net" | "java" | "node";

const FRAME_PREFIX: Record<Language, string> = { ".net": "   at ", java: "\tat ", node: "    at " };

/**
 * Dead-letters as services do that put the error's text into the description: class, message, first stack lines.
 * `unforeseen` is for errors that the service's author did not write.
 */
export function deadLetter(
  language: Language,
  error: unknown,
  unforeseen: { readonly reason: string; readonly frames: readonly string[] },
): Verdict {
  const failure =
    error instanceof Failure
      ? error
      : new Failure(
          unforeseen.reason,
          error instanceof Error ? error.name : "Error",
          error instanceof Error ? error.message : String(error),
          unforeseen.frames,
        );
  const stack = failure.frames.map((frame) => `${FRAME_PREFIX[language]}${frame}`);
  return {
    act: "dead-letter",
    reason: failure.reason,
    description: [`${failure.kind}: ${failure.message}`, ...stack].join("\n"),
  };
}
