import { medianIfKnown } from "./figures";

/** Processor time for one message is flat if no depth takes more than `growth` times what the first one does. */
export const AIM = {
  /** Messages that the aims are set for. */
  messages: 20_000,
  overBareLoop: 0.8,
  overScript: 5,
  delayedOverBareLoop: 1,
  megabytes: 300,
  growth: 1.5,
} as const;

/** Processor time of each process for one message, microseconds; null where the system does not say. */
export interface Cost {
  readonly worker: number | null;
  readonly broker: number | null;
  readonly postgres: number | null;
}

/** What the bench has seen: of what was measured several times, the median where one figure is asked for. */
export interface Seen {
  readonly overBareLoop: number;
  readonly overScript: number;
  readonly delayMs: number;
  /** Null: left out. */
  readonly delayedOverBareLoop: number | null;
  /** Each worker's largest memory. */
  readonly megabytes: readonly (number | null)[];
  readonly depths: readonly {
    readonly depth: number;
    /** Of each run. */
    readonly costs: readonly Cost[];
  }[];
}

/** One aim and what was seen of it; both null where this run did not measure it. */
interface Verdict {
  readonly aim: string;
  readonly seen: number | null;
  readonly met: boolean | null;
}

/** A part of a whole, rounded down: what is shown as having reached an aim has reached it. */
export function share(part: number, whole: number): number {
  return Math.floor((part * 100) / whole) / 100;
}

/** Each aim, in the order in which they are measured. */
export function verdictsOf(seen: Seen): Verdict[] {
  const { overBareLoop, overScript, delayMs, delayedOverBareLoop, megabytes, depths } = seen;
  return [
    atLeast("(c) over (a)", AIM.overBareLoop, overBareLoop),
    atLeast("(c) over (b)", AIM.overScript, overScript),
    atLeast(`(c) over (a), answers ${delayMs} ms late`, AIM.delayedOverBareLoop, delayedOverBareLoop),
    memoryVerdict(megabytes.includes(null) ? null : Math.max(...megabytes.map(Number))),
    flatVerdict(depths),
  ];
}

export function wordsOf({ aim, seen, met }: Verdict): string {
  if (met === null) return `NOT MEASURED  ${aim}`;
  return `${(met ? "met" : "MISSED").padEnd(12)}  ${aim}: ${seen}`;
}

function atLeast(what: string, least: number, seen: number | null): Verdict {
  return { aim: `${what}, at least ${least}`, seen, met: seen === null ? null : seen >= least };
}

function memoryVerdict(seen: number | null): Verdict {
  return {
    aim: `MB of the largest worker, under ${AIM.megabytes}`,
    seen,
    met: seen === null ? null : seen < AIM.megabytes,
  };
}

/** The dearest depth over the first one, each by its median run, rounded up; nothing where the system does not say, or one depth has none to be held against. */
function flatVerdict(depths: Seen["depths"]): Verdict {
  const [first, ...deeper] = depths.map(({ costs }) => medianIfKnown(costs.map(sumOf)));
  const known = first !== undefined && first !== null && deeper.length > 0 && !deeper.includes(null);
  const seen = known ? Math.ceil((Math.max(...deeper.map(Number)) * 100) / first) / 100 : null;
  const over = depths[0] === undefined ? "" : ` over that out of ${depths[0].depth}`;
  return {
    aim: `processor time of all three for one message${over}, at any depth at most ${AIM.growth}`,
    seen,
    met: seen === null ? null : seen <= AIM.growth,
  };
}

function sumOf({ worker, broker, postgres }: Cost): number | null {
  return worker === null || broker === null || postgres === null ? null : worker + broker + postgres;
}
