import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/**
 * What the sample keeps between starts: how far it has been seeded, and whose fix is deployed. One small file, replaced
 * as a whole, so that a crash leaves the old one.
 */
const stateFile = z.object({
  /** Taken before the first dead letter is made: the past counts back from here, in later starts too. */
  epoch: z.iso.datetime().nullable(),
  /** Entities whose dead letters of the past are with the broker. */
  seeded: z.array(z.string()),
  /** Consumers whose fix is deployed. */
  fixed: z.array(z.string()),
});

type KeptState = z.infer<typeof stateFile>;

export interface SampleState {
  isFixed(consumer: string): boolean;
  setFixed(consumer: string, fixed: boolean): void;
  /** Null before the first start. */
  readonly epoch: Date | null;
  begin(epoch: Date): void;
  isSeeded(entity: string): boolean;
  markSeeded(entity: string): void;
}

/** Opens the state in a folder of its own; makes the folder. An unreadable file is an error, not a fresh start. */
export function openState(folder: string): SampleState {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "state.json");
  let kept = readState(path);
  const replace = (change: Partial<KeptState>) => {
    const next = { ...kept, ...change };
    writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`);
    renameSync(`${path}.new`, path);
    kept = next;
  };
  return {
    isFixed: (consumer) => kept.fixed.includes(consumer),
    setFixed: (consumer, fixed) => {
      const others = kept.fixed.filter((name) => name !== consumer);
      replace({ fixed: fixed ? [...others, consumer] : others });
    },
    get epoch() {
      return kept.epoch === null ? null : new Date(kept.epoch);
    },
    begin: (epoch) => replace({ epoch: epoch.toISOString() }),
    isSeeded: (entity) => kept.seeded.includes(entity),
    markSeeded: (entity) => replace({ seeded: [...kept.seeded, entity] }),
  };
}

function readState(path: string): KeptState {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { epoch: null, seeded: [], fixed: [] };
    }
    throw error;
  }
  try {
    return stateFile.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} is not the sample's state; remove it to begin again`, { cause: error });
  }
}
