"use client";
import { countText } from "@/components/ui/number-text";
import { liftStop } from "@/lib/client/attention";
import type { StandingStop } from "@/lib/contracts/stops";
import { ReasonDialog } from "./reason-dialog";

/** Lets the replays go on that a stop holds, with a reason. */
export function LiftDialog({ stop, onClose }: { stop: StandingStop; onClose: () => void }) {
  return (
    <ReasonDialog
      title={stop.namespace === null ? "Lift the stop of all replays?" : `Lift the stop of ${stop.namespace}?`}
      description={`${stop.stoppedBy} stopped them: “${stop.reason}”`}
      back="Let it stand"
      act={{
        words: stop.holds === 0 ? "Let replays go on" : `Let ${countText(stop.holds, "replay")} go on`,
        busy: "Lifting…",
        tone: "primary",
      }}
      failed="The stop was not lifted"
      reason={{ hint: "Kept in the audit.", ask: "Say in a few words why replays may go on." }}
      onAct={(reason) => liftStop(stop.id, reason)}
      onClose={onClose}
    />
  );
}
