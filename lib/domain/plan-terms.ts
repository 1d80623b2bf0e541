import type { Ramp } from "./ramp";

/** What a plan binds besides its set (R9): whoever starts or approves it agrees to exactly this. */
export interface PlanTerms {
  readonly kind: "replay" | "discard" | "restore";
  readonly namespace: string;
  readonly queueId: number;
  readonly targetPath: string;
  readonly messageIdPolicy: "preserve" | "new";
  readonly doubtPolicy: "hold" | "send-again";
  readonly rate: number;
  readonly burst: number;
  /** The most that the rate may be changed to. */
  readonly rateCeiling: number;
  readonly ramp: Ramp | null;
  readonly startsAt: Date | null;
  readonly expiryPolicy: "keep" | "renew" | "none";
  readonly deliverAt: Date | null;
  readonly routeTo: string | null;
  readonly stamps: boolean;
}

/** One spelling of the terms, for the hash. Version first, so that a later spelling is another hash. */
export function spellTerms(terms: PlanTerms): string {
  const { ramp } = terms;
  return JSON.stringify([
    "plan-3",
    terms.kind,
    terms.namespace,
    terms.queueId,
    terms.targetPath,
    terms.messageIdPolicy,
    terms.doubtPolicy,
    terms.rate,
    terms.burst,
    terms.rateCeiling,
    ramp && [
      ramp.canary && [ramp.canary.count, ramp.canary.waitSeconds],
      ramp.steps.map(({ rate, seconds }) => [rate, seconds]),
    ],
    terms.startsAt?.toISOString() ?? null,
    terms.expiryPolicy,
    terms.deliverAt?.toISOString() ?? null,
    terms.routeTo,
    terms.stamps,
  ]);
}
