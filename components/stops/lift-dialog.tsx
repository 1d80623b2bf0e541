"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, TextArea } from "@/components/ui/field";
import { countText } from "@/components/ui/number-text";
import { attentionQuery, liftStop } from "@/lib/client/attention";
import type { StandingStop } from "@/lib/contracts/stops";

/** Lets the replays go on that a stop holds, with a reason. */
export function LiftDialog({ stop, onClose }: { stop: StandingStop; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const lift = useMutation({
    mutationFn: () => liftStop(stop.id, reason),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: attentionQuery().queryKey }),
  });
  const short = reason.trim().length < 3 ? "Say in a few words why replays may go on." : undefined;
  const what = stop.holds === 0 ? "Let replays go on" : `Let ${countText(stop.holds, "replay")} go on`;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!short) lift.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={stop.namespace === null ? "Lift the stop of all replays?" : `Lift the stop of ${stop.namespace}?`}
      description={`${stop.stoppedBy} stopped them: “${stop.reason}”`}
      footer={
        <>
          <Button onClick={onClose}>Let it stand</Button>
          <Button tone="primary" type="submit" form="lift-form" busy={lift.isPending && "Lifting…"}>
            {what}
          </Button>
        </>
      }
    >
      <form id="lift-form" onSubmit={submit} className="flex flex-col gap-4">
        {lift.error && (
          <Banner tone="bad" live title="The stop was not lifted">
            {lift.error.message}
          </Banner>
        )}
        <Field label="Reason" error={asked ? short : undefined} hint="Kept in the audit.">
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
