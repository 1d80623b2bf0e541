/** What a plan binds besides its set (R9): whoever starts or approves it agrees to exactly this. */
export interface PlanTerms {
  readonly namespace: string;
  readonly queueId: number;
  readonly targetPath: string;
  readonly messageIdPolicy: "preserve" | "new";
  readonly doubtPolicy: "hold" | "send-again";
  readonly rate: number;
  readonly burst: number;
}

/** One spelling of the terms, for the hash. Version first, so that a later spelling is another hash. */
export function spellTerms(terms: PlanTerms): string {
  return JSON.stringify([
    "plan-1",
    terms.namespace,
    terms.queueId,
    terms.targetPath,
    terms.messageIdPolicy,
    terms.doubtPolicy,
    terms.rate,
    terms.burst,
  ]);
}
