"use client";
import { Button } from "@/components/ui/button";
import { countText, numberText } from "@/components/ui/number-text";
import type { DeadLetterFilter } from "@/lib/contracts/dead-letters";
import type { GroupEditSelection } from "@/lib/contracts/group-edits";
import { ChangeButton } from "../group-edits/change-button";
import { DiscardButton } from "../replays/discard-button";
import { ReplayButton } from "../replays/replay-button";
import type { Selection } from "./selection";

interface SelectionBarProps {
  selection: Selection;
  filter: DeadLetterFilter;
  total: number;
  totalIs: "exact" | "estimate";
  target: string;
  onAll: () => void;
  onClear: () => void;
}

/** What is selected and what can be done with it; stands at the foot of the window. */
export function SelectionBar({ selection, filter, total, totalIs, target, onAll, onClear }: SelectionBarProps) {
  const all = selection.kind === "all-matching";
  const count = all ? total : selection.ids.size;
  const about = totalIs === "estimate" ? "about " : "";
  if (count === 0) return null;
  const scope: GroupEditSelection = all
    ? { kind: "filter", filter }
    : { kind: "dead-letters", queue: filter.queue, ids: [...selection.ids] };
  return (
    <section
      aria-label="Selection"
      className="sticky bottom-3 z-20 mx-2 mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-edge bg-raised px-4 py-2 shadow-lg"
    >
      <span className="font-medium" role="status">
        {all ? `All ${about}${numberText(count)} that match are selected` : `${countText(count, "message")} selected`}
      </span>
      {!all && count < total && (
        <Button tone="quiet" small onClick={onAll}>
          Select all {about}
          {numberText(total)} that match
        </Button>
      )}
      <Button tone="quiet" small onClick={onClear}>
        Clear
      </Button>
      <span className="flex-1" />
      <ChangeButton selection={scope} total={count} />
      <DiscardButton scope={scope} total={count} />
      <ReplayButton scope={scope} total={count} target={target} />
    </section>
  );
}
