"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Select, TextArea } from "@/components/ui/field";
import { attentionQuery, stopReplays } from "@/lib/client/attention";
import { overviewQuery } from "@/lib/client/queues";
import { useMay } from "@/lib/client/session";

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
  const client = useQueryClient();
  const namespaces = useQuery(overviewQuery()).data?.namespaces ?? [];
  const [namespace, setNamespace] = useState("");
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const stop = useMutation({
    mutationFn: () => stopReplays({ namespace: namespace || null, reason }),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: attentionQuery().queryKey }),
  });
  const short = reason.trim().length < 3 ? "Say in a few words why replays are stopped." : undefined;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!short) stop.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Stop all replays?"
      description="Within two seconds nothing more is sent. Replays keep their place and go on when the stop is lifted; what was sent already is removed from its dead-letter queue as always."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button tone="danger" type="submit" form="stop-form" busy={stop.isPending && "Stopping…"}>
            {namespace === "" ? "Stop all replays" : `Stop the replays of ${namespace}`}
          </Button>
        </>
      }
    >
      <form id="stop-form" onSubmit={submit} className="flex flex-col gap-4">
        {stop.error && (
          <Banner tone="bad" live title="They were not stopped">
            {stop.error.message}
          </Banner>
        )}
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
        <Field
          label="Reason"
          error={asked ? short : undefined}
          hint="Shown on every page while the stop stands, and kept in the audit."
        >
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
