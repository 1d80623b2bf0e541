"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { useKeys } from "@/components/ui/keyboard";
import { countText } from "@/components/ui/number-text";
import { useMay } from "@/lib/client/session";
import { PlanDialog } from "./plan-dialog";
import type { ReplayScope } from "./replay-scope";

interface ReplayButtonProps {
  scope: ReplayScope;
  /** Messages that the scope holds now. */
  total: number;
  /** The origin that a replay goes to by default. */
  target: string;
  /** Follows the key r; one button a page does. */
  keyed?: boolean;
  small?: boolean;
}

/** Opens the choices of a replay; absent for who may not plan one. */
export function ReplayButton({ scope, total, target, keyed = true, small = false }: ReplayButtonProps) {
  const mayPlan = useMay("replays.plan");
  const [open, setOpen] = useState(false);
  const usable = mayPlan && total > 0;
  useKeys(keyed && usable ? { r: () => setOpen(true) } : {});
  if (!mayPlan) return null;
  return (
    <>
      <Button tone="primary" icon="replay" small={small} disabled={total === 0} onClick={() => setOpen(true)}>
        {total === 0 ? "Nothing to replay" : `Replay ${countText(total, "message")}…`}
      </Button>
      {open && <PlanDialog scope={scope} total={total} target={target} onClose={() => setOpen(false)} />}
    </>
  );
}
