"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Heatmap } from "@/components/ui/heatmap";
import { countText } from "@/components/ui/number-text";
import type { HeatmapCell } from "@/lib/contracts/queues";
import { AGE_BUCKETS, type AgeBucketId } from "@/lib/domain/age";
import { reasonText } from "./queue-words";

interface ReasonHeatmapProps {
  cells: readonly HeatmapCell[];
  selected?: { reason?: string | undefined; age?: AgeBucketId | undefined };
  onSelect?: (reason: string, age: AgeBucketId) => void;
}

const ROWS_SHOWN = 8;

/** Reason × age. Reasons with most messages first. */
export function ReasonHeatmap({ cells, selected, onSelect }: ReasonHeatmapProps) {
  const [all, setAll] = useState(false);
  const counts = new Map(cells.map((cell) => [`${cell.age} ${cell.reason}`, cell.count]));
  const totals = new Map<string, number>();
  for (const cell of cells) totals.set(cell.reason, (totals.get(cell.reason) ?? 0) + cell.count);
  const reasons = [...totals.keys()].sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
  const shown = all ? reasons : reasons.slice(0, ROWS_SHOWN);
  return (
    <>
      <Heatmap
        caption="Dead letters by reason and age"
        rowTitle="Reason"
        rows={shown.map((reason) => ({ id: reason, label: reasonText(reason) }))}
        columns={AGE_BUCKETS}
        count={(reason, age) => counts.get(`${age} ${reason}`) ?? 0}
        {...(onSelect
          ? {
              cell: (reason: string, age: string) => ({
                onSelect: () => onSelect(reason, age as AgeBucketId),
                selected: selected?.reason === reason && selected.age === age,
              }),
            }
          : {})}
      />
      {reasons.length > ROWS_SHOWN && (
        <Button tone="quiet" small className="mt-1 -ml-2" onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? "Show fewer" : `Show ${countText(reasons.length - ROWS_SHOWN, "more reason")}`}
        </Button>
      )}
    </>
  );
}
