"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button, type ButtonTone } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { attentionQuery } from "@/lib/client/attention";

interface ReasonDialogProps {
  title: string;
  description: string;
  /** What the button says that leaves everything as it is. */
  back: string;
  act: { readonly words: string; readonly busy: string; readonly tone: ButtonTone };
  /** Heads what is said when the act fails. */
  failed: string;
  reason: { readonly hint: string; readonly ask: string };
  onAct: (reason: string) => Promise<unknown>;
  onClose: () => void;
  /** What else is to be chosen. */
  children?: ReactNode;
}

/** Asks for the reason of a stop or of its end, then does it. */
export function ReasonDialog({
  title,
  description,
  back,
  act,
  failed,
  reason: { hint, ask },
  onAct,
  onClose,
  children,
}: ReasonDialogProps) {
  const client = useQueryClient();
  const form = useId();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const work = useMutation({
    mutationFn: () => onAct(reason),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: attentionQuery().queryKey }),
  });
  const short = shortReason(reason, ask);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!short) work.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>{back}</Button>
          <Button tone={act.tone} type="submit" form={form} busy={work.isPending && act.busy}>
            {act.words}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {work.error && <ActFailure title={failed} error={work.error} />}
        {children}
        <ReasonField error={asked ? short : undefined} hint={hint} value={reason} onChange={setReason} />
      </form>
    </Dialog>
  );
}
