import { MAX_RATE, type PlanReplay } from "@/lib/contracts/replays";

/** Rate, ramp and start of a plan, as the dialog holds them: what is typed stays as it was typed. */
export interface PaceDraft {
  /** Null: what the policy of the queue offers. */
  readonly rate: string | null;
  /** Empty: as the plan says. */
  readonly ceiling: string;
  readonly canary: boolean;
  readonly canaryCount: string;
  readonly steps: readonly { readonly rate: string; readonly seconds: string }[];
  /** "2026-11-21T14:00", of the browser's zone; empty: from the start on. */
  readonly startsAt: string;
}

export const NO_PACE: PaceDraft = {
  rate: null,
  ceiling: "",
  canary: false,
  canaryCount: "10",
  steps: [],
  startsAt: "",
};

type Pace = Pick<PlanReplay, "rate" | "rateCeiling" | "ramp" | "startsAt">;

/** What the draft means, or what is wrong with it by field; `offered` is the rate where none was typed. */
export function readPace(
  draft: PaceDraft,
  offered: number,
): { readonly pace: Pace | null; readonly errors: Readonly<Record<string, string>> } {
  const errors: Record<string, string> = {};
  const rateOf = (field: string, typed: string): number => {
    const rate = Number(typed.trim().replace(",", ".") || "none");
    if (!(rate > 0 && rate <= MAX_RATE)) errors[field] = `A number of messages a second, up to ${MAX_RATE}.`;
    return rate;
  };
  const wholeOf = (field: string, typed: string, most: number): number => {
    const whole = Number(typed.trim() || "none");
    if (!(Number.isInteger(whole) && whole >= 1 && whole <= most)) errors[field] = `A whole number up to ${most}.`;
    return whole;
  };
  const rate = draft.rate === null ? offered : rateOf("rate", draft.rate);
  const rateCeiling = draft.ceiling.trim() === "" ? null : rateOf("ceiling", draft.ceiling);
  if (rateCeiling !== null && rateCeiling < rate) errors.ceiling = "Not below the rate.";
  const canary = draft.canary ? { count: wholeOf("canaryCount", draft.canaryCount, 10_000), waitSeconds: null } : null;
  const steps = draft.steps.map((step, index) => ({
    rate: rateOf(`steps.${index}`, step.rate),
    seconds: wholeOf(`steps.${index}`, step.seconds, 86_400),
  }));
  const ramp = canary === null && steps.length === 0 ? null : { canary, steps };
  const startsAt = draft.startsAt === "" ? null : new Date(draft.startsAt);
  if (startsAt !== null && Number.isNaN(startsAt.getTime())) errors.startsAt = "A day and a time.";
  if (Object.keys(errors).length > 0) return { pace: null, errors };
  return { pace: { rate, rateCeiling, ramp, startsAt: startsAt?.toISOString() ?? null }, errors };
}
