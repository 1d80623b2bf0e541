"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { attentionQuery, stopReplays } from "@/lib/client/attention";
import { overviewQuery } from "@/lib/client/queues";
import { useMay } from "@/lib/client/session";
import { ReasonDialog } from "./reason-dialog";

/** Stops every replay, or those of one namespace; absent for who may not. */
export function StopButton() {
  const mayStop = useMay("replays.stop");
  const [open, setOpen] = useState(false);
  const stops = useQuery({ ...attentionQuery(), enabled: mayStop }).data?.stops ?? [];
  // Its banner says so, and lifts it.
  const all = stops.some(({ namespace }) => namespace === null);
  if (!mayStop || (all && !open)) return null;
  return (
    <>
      <Button tone="danger" icon="stop" onClick={() => setOpen(true)}>
        Stop all replays…
      </Button>
      {open && <StopDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function StopDialog({ onClose }: { onClose: () => void }) {
  const namespaces = useQuery(overviewQuery()).data?.namespaces ?? [];
  const [namespace, setNamespace] = useState("");
  return (
    <ReasonDialog
      title="Stop all replays?"
      description="Within two seconds nothing more is sent. Replays keep their place and go on when the stop is lifted; what was sent already is removed from its dead-letter queue as always."
      back="Back"
      act={{
        words: namespace === "" ? "Stop all replays" : `Stop the replays of ${namespace}`,
        busy: "Stopping…",
        tone: "danger",
      }}
      failed="They were not stopped"
      reason={{
        hint: "Shown on every page while the stop stands, and kept in the audit.",
        ask: "Say in a few words why replays are stopped.",
      }}
      onAct={(reason) => stopReplays({ namespace: namespace || null, reason })}
      onClose={onClose}
    >
      <Field label="Of">
        {(control) => (
          <Select {...control} value={namespace} onChange={(event) => setNamespace(event.target.value)}>
            <option value="">every namespace</option>
            {namespaces.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </ReasonDialog>
  );
}
