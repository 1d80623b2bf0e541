import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/**
 * What the sample keeps between starts: when it was seeded, and whose fix is deployed. One small file, replaced as a
 * whole, so that a crash leaves the old one.
 */
const stateFile = z.object({
  /** Null until the dead letters of the past are all with the broker. */
  seededAt: z.iso.datetime().nullable(),
  /** Names the namespace that was seeded: a broker with other data is seeded anew. */
  brokerId: z.string().nullable(),
  fixed: z.array(z.string()),
});

type State = z.infer<typeof stateFile>;

export interface Deployments {
  isFixed(consumer: string): boolean;
  setFixed(consumer: string, fixed: boolean): void;
  /** When this broker was seeded; null when it was not. */
  seededAt(brokerId: string): Date | null;
  markSeeded(brokerId: string, at: Date): void;
}

/** Opens the state in a folder of its own; makes the folder. An unreadable file is an error, not a fresh start. */
export function openDeployments(folder: string): Deployments {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "state.json");
  let state = readState(path);
  const replace = (next: State) => {
    writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`);
    renameSync(`${path}.new`, path);
    state = next;
  };
  return {
    isFixed: (consumer) => state.fixed.includes(consumer),
    setFixed: (consumer, fixed) => {
      const others = state.fixed.filter((name) => name !== consumer);
      replace({ ...state, fixed: fixed ? [...others, consumer] : others });
    },
    seededAt: (brokerId) => (state.seededAt !== null && state.brokerId === brokerId ? new Date(state.seededAt) : null),
    markSeeded: (brokerId, at) => replace({ ...state, brokerId, seededAt: at.toISOString() }),
  };
}

function readState(path: string): State {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { seededAt: null, brokerId: null, fixed: [] };
    }
    throw error;
  }
  try {
    return stateFile.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} is not the sample's state; remove it to begin again`, { cause: error });
  }
}
