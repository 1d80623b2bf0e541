/** What the sample tells on its output: a fault of one kind now and then only, since a stopped broker fails everything. */
export interface Log {
  say(text: string): void;
  fault(doing: string, error: unknown): void;
}

const QUIET_MS = 30_000;

export function createLog(write: (line: string) => void, now: () => number): Log {
  const toldAt = new Map<string, number>();
  return {
    say: (text) => write(`sample ${text}`),
    fault: (doing, error) => {
      const { code, message } = describe(error);
      const last = toldAt.get(code);
      if (last !== undefined && now() - last < QUIET_MS) return;
      toldAt.set(code, now());
      write(`sample could not ${doing}: ${code}: ${message}`);
    },
  };
}

/** A refused connection comes as one error for each address of the name that was tried; the first tells enough. */
function describe(error: unknown): { code: string; message: string } {
  const told: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(told instanceof Error)) return { code: "Error", message: String(told) };
  return { code: "code" in told ? String(told.code) : told.name, message: told.message.split("\n", 1)[0] ?? "" };
}
