import { configuration } from "./configuration";

/** Ends the process when its configuration cannot be used, with every mistake in words, and not at somebody's first request. */
export function checkConfiguration(): void {
  try {
    configuration();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
