"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Heatmap, type HeatmapCellAct } from "@/components/ui/heatmap";
import { countText } from "@/components/ui/number-text";
import type { HeatmapCell } from "@/lib/contracts/queues";
import { AGE_BUCKETS, type AgeBucketId, type AgeClock } from "@/lib/domain/age";
import { CLOCK_WORDS, reasonText } from "./queue-words";

interface ReasonHeatmapProps {
  cells: readonly HeatmapCell[];
  /** What the cells' ages are counted from. */
  clock: AgeClock;
  /** What a cell does, or where it leads. */
  cell: (reason: string, age: AgeBucketId) => HeatmapCellAct;
  /** The same in words. */
  note: string;
}

const ROWS_SHOWN = 8;

/** Reason × age. Reasons with most messages first. */
export function ReasonHeatmap({ cells, clock, cell, note }: ReasonHeatmapProps) {
  const [all, setAll] = useState(false);
  const counts = new Map(cells.map((cell) => [`${cell.age} ${cell.reason}`, cell.count]));
  const totals = new Map<string, number>();
  for (const cell of cells) totals.set(cell.reason, (totals.get(cell.reason) ?? 0) + cell.count);
  const reasons = [...totals.keys()].sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
  const shown = all ? reasons : reasons.slice(0, ROWS_SHOWN);
  return (
    <>
      <Heatmap
        caption={`Dead letters by reason and age, ${CLOCK_WORDS[clock].since.toLowerCase()}`}
        rowTitle="Reason"
        rows={shown.map((reason) => ({ id: reason, label: reasonText(reason) }))}
        columns={AGE_BUCKETS}
        count={(reason, age) => counts.get(`${age} ${reason}`) ?? 0}
        cell={(reason, age) => cell(reason, age as AgeBucketId)}
      />
      {reasons.length > ROWS_SHOWN && (
        <Button tone="quiet" small className="mt-1 -ml-2" onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? "Show fewer" : `Show ${countText(reasons.length - ROWS_SHOWN, "more reason")}`}
        </Button>
      )}
      <p className="mt-2 text-sm text-soft">
        {CLOCK_WORDS[clock].of} {note}
      </p>
    </>
  );
}
