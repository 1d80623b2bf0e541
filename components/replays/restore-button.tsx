"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { countText } from "@/components/ui/number-text";
import { useMay } from "@/lib/client/session";
import type { ReplaySummary } from "@/lib/contracts/replays";
import { PlanDialog } from "./plan-dialog";

/** Sends what a discard has archived; absent where nothing is left to restore, or for who may not. */
export function RestoreButton({ replay }: { replay: ReplaySummary }) {
  const mayPlan = useMay("replays.plan");
  const [open, setOpen] = useState(false);
  const { restorable } = replay;
  if (!mayPlan || restorable === null || restorable === 0) return null;
  return (
    <>
      <Button icon="returned" onClick={() => setOpen(true)}>
        Restore {countText(restorable, "message")}…
      </Button>
      {open && (
        <PlanDialog
          scope={{ kind: "archive", queue: replay.queue.id, discard: replay.id }}
          total={restorable}
          target={replay.queue.originPath}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
