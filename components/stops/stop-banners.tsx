"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { countText } from "@/components/ui/number-text";
import { Ago } from "@/components/ui/time";
import { attentionQuery } from "@/lib/client/attention";
import { useMay } from "@/lib/client/session";
import type { StandingStop } from "@/lib/contracts/stops";
import { LiftDialog } from "./lift-dialog";

/** On every page, while a stop stands: who stopped what, when, why, and the way to lift it. */
export function StopBanners() {
  const { data } = useQuery({ ...attentionQuery(), enabled: useMay("replays.read") });
  const mayLift = useMay("replays.control");
  const [lifting, setLifting] = useState<StandingStop | null>(null);
  const stops = data?.stops ?? [];
  return (
    <>
      {data !== undefined && stops.length > 0 && (
        <AsOf at={data.at}>
          <div className="mb-4 flex flex-col gap-2">
            {stops.map((stop) => (
              <Banner
                key={stop.id}
                tone="bad"
                icon="stop"
                live
                title={
                  stop.namespace === null ? "All replays are stopped" : `All replays of ${stop.namespace} are stopped`
                }
                action={
                  mayLift && (
                    <Button small onClick={() => setLifting(stop)}>
                      Lift the stop…
                    </Button>
                  )
                }
              >
                By {stop.stoppedBy} <Ago time={stop.stoppedAt} focusable />: “{stop.reason}”. {heldText(stop.holds)}
              </Banner>
            ))}
          </div>
        </AsOf>
      )}
      {lifting !== null && <LiftDialog stop={lifting} onClose={() => setLifting(null)} />}
    </>
  );
}

function heldText(holds: number): string {
  if (holds === 0) return "No replay is held by it.";
  return `${countText(holds, "running replay")} ${holds === 1 ? "waits" : "wait"} and ${holds === 1 ? "goes" : "go"} on when it is lifted.`;
}
