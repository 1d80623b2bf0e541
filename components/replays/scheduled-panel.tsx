"use client";
import { Panel } from "@/components/ui/panel";
import { useMay } from "@/lib/client/session";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { Withdraw } from "./approval-panel";
import { Asked } from "./asked";
import { StartTime } from "./start-time";

/** A replay that begins by itself at its time. */
export function ScheduledPanel({ detail }: { detail: ReplayDetail }) {
  const mayControl = useMay("replays.control");
  return (
    <Panel title="Scheduled">
      <div className="flex flex-col gap-4">
        <StartTime detail={detail} />
        <Asked replay={detail.replay} />
        {mayControl && <Withdraw id={detail.replay.id} />}
        <p className="text-sm text-soft">A worker begins it. Until then its messages are in no other replay.</p>
      </div>
    </Panel>
  );
}
