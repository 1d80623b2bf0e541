"use client";
import { useNow } from "@/components/ui/as-of";
import { Badge } from "@/components/ui/badge";
import { Icon } from "@/components/ui/icon";
import { countText, numberText } from "@/components/ui/number-text";
import type { CauseWork } from "@/lib/contracts/causes";
import { KIND_WORDS, ownerOf, STATE_LOOKS, snoozeText } from "./cause-words";

/** Where the work on a cause stands, in badges; the owner and how much was said of it. */
export function CauseBadges({ work, returned }: { work: CauseWork; returned: number }) {
  const state = STATE_LOOKS[work.state];
  const kind = KIND_WORDS[work.kind];
  const owner = ownerOf(work);
  const now = useNow();
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-soft">
      {work.state !== "new" && (
        <Badge
          tone={state.tone}
          icon={state.icon}
          tip={work.state === "snoozed" ? `Ends ${snoozeText(work, now)}` : undefined}
        >
          {state.word}
        </Badge>
      )}
      {work.kind !== "unknown" && (
        <Badge tip={`${work.kindSource === "guessed" ? "Guessed from reason and text. " : ""}${kind.helps}`}>
          {kind.word} fault
          {work.kindSource === "guessed" && <span className="sr-only"> (guessed)</span>}
        </Badge>
      )}
      {returned > 0 && (
        <Badge tone="warn" icon="returned">
          {numberText(returned)} came back from a replay
        </Badge>
      )}
      {owner && (
        <span className="inline-flex items-center gap-1">
          <Icon name="person" className="size-3.5" />
          <span className="sr-only">Owner: </span>
          {owner.name}
          {work.owner === null && ", owner of this reason"}
        </span>
      )}
      {work.comments > 0 && <span>{countText(work.comments, "comment")}</span>}
      {work.merged > 0 && <span>{countText(work.merged + 1, "cause")} shown as one</span>}
      {work.ruleId !== null && <span>made by a rule</span>}
    </div>
  );
}
