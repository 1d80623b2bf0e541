/**
 * Hours in which a queue's replays send nothing, or slower. A window is meant by the wall clock of its zone and counts as the
 * two moments that its ends are: a night on which the clock is changed is shorter or longer, and needs no rule of its own.
 * Whether one is in force is asked of the database (`quiet_hours_at`), whose clock the throttle goes by.
 */
export interface QuietHours {
  /** IANA name: "Europe/Berlin". */
  readonly timeZone: string;
  readonly windows: readonly QuietWindow[];
  /** Copies a second in them; null: nothing is sent. */
  readonly rate: number | null;
}

interface QuietWindow {
  /** Days on which it begins, 1 Monday to 7 Sunday. */
  readonly days: readonly number[];
  /** "22:00" */
  readonly from: string;
  /** Not after `from`: on the next day. */
  readonly to: string;
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** "Mon–Fri 22:00–06:00, Sun 00:00–00:00 (Europe/Berlin): nothing is sent" */
export function quietWords({ timeZone, windows, rate }: QuietHours): string {
  const spelled = windows.map(({ days, from, to }) => `${dayWords(days)} ${from}–${to}`).join(", ");
  return `${spelled} (${timeZone}): ${rate === null ? "nothing is sent" : `at most ${rate} a second`}`;
}

function dayWords(days: readonly number[]): string {
  const sorted = days.toSorted((a, b) => a - b);
  if (sorted.length === 7) return "daily";
  const runs: number[][] = [];
  for (const day of sorted) {
    const run = runs.at(-1);
    if (run?.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = (day: number | undefined) => DAYS[(day ?? 1) - 1] ?? "";
  return runs.flatMap((run) => (run.length > 2 ? [`${name(run[0])}–${name(run.at(-1))}`] : run.map(name))).join(", ");
}
