/** What the sample tells on its output: a fault of one kind once until it is over, since a stopped broker fails everything. */
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
      const first = error instanceof AggregateError ? error.errors[0] : error;
      const code =
        first instanceof Error && "code" in first ? String(first.code) : error instanceof Error ? first.name : "Error";
      const last = toldAt.get(code);
      if (last !== undefined && now() - last < QUIET_MS) return;
      toldAt.set(code, now());
      const message = first instanceof Error ? first.message : String(first);
      write(`sample could not ${doing}: ${code}: ${message.split("\n", 1)[0]}`);
    },
  };
}
