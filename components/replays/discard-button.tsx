"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { countText, numberText, rateText } from "@/components/ui/number-text";
import { policyQuery } from "@/lib/client/policies";
import { planDiscard } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import { type Amount, AmountChoice, amountOf } from "./amount-choice";
import { queueOf, type ReplayScope, selectionOf } from "./replay-scope";

interface DiscardButtonProps {
  scope: ReplayScope;
  /** Messages that the scope holds now. */
  total: number;
}

/** Opens the choices of a discard; absent for who may not plan one. */
export function DiscardButton({ scope, total }: DiscardButtonProps) {
  const mayPlan = useMay("replays.plan");
  const [open, setOpen] = useState(false);
  if (!mayPlan || total === 0) return null;
  return (
    <>
      <Button tone="danger" icon="discard" onClick={() => setOpen(true)}>
        Discard…
      </Button>
      {open && <DiscardDialog scope={scope} total={total} onClose={() => setOpen(false)} />}
    </>
  );
}

/** How many and how fast. It leads to the plan; nothing is removed from here. */
function DiscardDialog({ scope, total, onClose }: DiscardButtonProps & { onClose: () => void }) {
  const router = useRouter();
  const [amount, setAmount] = useState<Amount>({ kind: "all" });
  const [rateDraft, setRate] = useState<string | null>(null);
  const offered = useQuery(policyQuery(queueOf(scope))).data?.offered;
  const plan = useMutation({ mutationFn: planDiscard, onSuccess: ({ id }) => router.push(`/replays/${id}`) });
  const typed = rateDraft ?? (offered === undefined ? "" : String(offered.mostRate));
  const rate = Number(typed);
  const rateError =
    typed === "" || (rate > 0 && rate <= (offered?.mostRate ?? rate))
      ? undefined
      : `A number up to ${rateText(offered?.mostRate ?? 1)}.`;
  const count = amountOf(amount, total);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (count === null || rateError !== undefined || !(rate > 0)) return;
    plan.mutate({ selection: selectionOf(scope, amount.kind === "all" ? undefined : count), rate });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Discard messages"
      description="An archive copy of each is kept before it is removed from the dead-letter queue, to be restored from. Nothing is removed before you start it on the next page."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            tone="primary"
            type="submit"
            form="discard-form"
            disabled={count === null || rateError !== undefined || !(rate > 0)}
            busy={(plan.isPending || plan.isSuccess) && "Checking the messages…"}
          >
            {count === null ? "Check the discard" : `Check the discard of ${countText(count, "message")}`}
          </Button>
        </>
      }
    >
      <form id="discard-form" onSubmit={submit} className="flex flex-col gap-4">
        {plan.error && <ActFailure title="The plan was not made; nothing was removed" error={plan.error} />}
        {scope.kind === "filter" ? (
          <AmountChoice
            amount={amount}
            total={total}
            error={count === null ? `A number from 1 to ${numberText(total)}.` : undefined}
            onChange={setAmount}
          />
        ) : (
          <p>
            {countText(total, "message")} {total === 1 ? "is" : "are"} selected.
          </p>
        )}
        <Field label="Messages a second, at most" error={rateError}>
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              className="max-w-28"
              value={typed}
              onChange={(event) => setRate(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
