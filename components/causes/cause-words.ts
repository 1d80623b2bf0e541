import type { Tone } from "@/components/ui/badge";
import type { IconName } from "@/components/ui/icon";
import { countText } from "@/components/ui/number-text";
import { spanText } from "@/components/ui/time-text";
import type { CauseWork } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import type { CauseKind } from "@/lib/domain/cause-kind";
import type { CauseState } from "@/lib/domain/cause-states";
import { reasonText } from "../queues/queue-words";

interface Look {
  readonly word: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

export const STATE_LOOKS: Readonly<Record<CauseState, Look>> = {
  new: { word: "new", tone: "neutral", icon: "plus" },
  acknowledged: { word: "acknowledged", tone: "accent", icon: "check" },
  "in-progress": { word: "in progress", tone: "accent", icon: "edit" },
  snoozed: { word: "snoozed", tone: "neutral", icon: "moon" },
  resolved: { word: "resolved", tone: "ok", icon: "check" },
  regressed: { word: "back after it was resolved", tone: "bad", icon: "returned" },
};

/** What a kind is, and what usually helps. */
export const KIND_WORDS: Readonly<Record<CauseKind, { readonly word: string; readonly helps: string }>> = {
  transient: { word: "transient", helps: "Something was away or busy: replaying as it is helps once it is back." },
  data: { word: "data", helps: "Something in the message is wrong: it comes back unless it is corrected." },
  code: { word: "code", helps: "The consumer or its settings are wrong: replay after the fix is out." },
  unknown: { word: "kind not known", helps: "Reason and text do not tell what sort of failure it is." },
};

/** What a cause is called: by people, else by its reason. */
export function causeTitle(cause: Pick<CauseSummary, "reason"> & { readonly work: Pick<CauseWork, "title"> }): string {
  return cause.work.title ?? reasonText(cause.reason);
}

/** Who looks after a cause: its own owner, else that of its reason. */
export function ownerOf(work: Pick<CauseWork, "owner" | "reasonOwner">): CauseWork["owner"] {
  return work.owner ?? work.reasonOwner;
}

/** When a snooze ends, to be read after "ends": "in 3 h, or at 500 messages". */
export function snoozeText(work: Pick<CauseWork, "snoozedUntil" | "snoozedCount">, now: number): string {
  const ends = [
    work.snoozedUntil === null ? null : `in ${spanText((Date.parse(work.snoozedUntil) - now) / 1000)}`,
    work.snoozedCount === null ? null : `at ${countText(work.snoozedCount, "message")}`,
  ];
  return ends.filter((end) => end !== null).join(", or ");
}
