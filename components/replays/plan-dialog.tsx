"use client";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { countText, numberText, rateText } from "@/components/ui/number-text";
import { spanText } from "@/components/ui/time-text";
import { planReplay } from "@/lib/client/replays";
import { MAX_RATE } from "@/lib/contracts/replays";
import { type Amount, AmountChoice, amountOf } from "./amount-choice";
import { CopyChoices, type CopyPolicies } from "./copy-choices";
import { queueOf, type ReplayScope, selectionOf } from "./replay-scope";
import { type Destination, TargetChoice } from "./target-choice";

const DEFAULT_RATE = 20;

interface PlanDialogProps {
  scope: ReplayScope;
  total: number;
  target: string;
  onClose: () => void;
}

/** A small step first: five, look, then the rest. */
const FIRST_STEP = 5;

/** How many, how fast, where to. It leads to the plan; nothing is sent from here. */
export function PlanDialog({ scope, total, target, onClose }: PlanDialogProps) {
  const router = useRouter();
  const [amount, setAmount] = useState<Amount>(
    total > FIRST_STEP ? { kind: "first", count: FIRST_STEP } : { kind: "all" },
  );
  const [rate, setRate] = useState(String(DEFAULT_RATE));
  const [destination, setDestination] = useState<Destination>({ path: null, routeTo: null });
  const [copies, setCopies] = useState<CopyPolicies>({
    messageIdPolicy: "auto",
    doubtPolicy: null,
    expiryPolicy: "keep",
    deliverAt: null,
  });
  const plan = useMutation({ mutationFn: planReplay, onSuccess: ({ id }) => router.push(`/replays/${id}`) });

  const perSecond = Number(rate);
  const rateError =
    perSecond > 0 && perSecond <= MAX_RATE ? undefined : `A number of messages a second, up to ${MAX_RATE}.`;
  const count = amountOf(amount, total);
  const amountError = count === null ? `A number from 1 to ${numberText(total)}.` : undefined;
  const ready = !rateError && count !== null;

  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    plan.mutate({
      selection: selectionOf(scope, amount.kind === "all" ? undefined : count),
      targetPath: destination.path,
      routeTo: destination.routeTo,
      rate: perSecond,
      rateCeiling: null,
      burst: 1,
      ...copies,
      ramp: null,
      startsAt: null,
    });
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={`Replay to ${destination.path ?? target}`}
      description="The next page shows what will happen, message by message. Nothing is sent before you start it there."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            tone="primary"
            type="submit"
            form="plan-form"
            disabled={!ready}
            busy={(plan.isPending || plan.isSuccess) && "Checking the messages…"}
          >
            {count === null ? "Check the plan" : `Check the plan for ${countText(count, "message")}`}
          </Button>
        </>
      }
    >
      <form id="plan-form" onSubmit={submit} className="flex flex-col gap-4">
        {plan.error && (
          <Banner tone="bad" live title="The plan was not made; nothing was sent">
            {plan.error.message}
          </Banner>
        )}
        {scope.kind === "filter" ? (
          <AmountChoice amount={amount} total={total} error={amountError} onChange={setAmount} />
        ) : (
          <p>
            {countText(total, "message")} {total === 1 ? "is" : "are"} selected.
          </p>
        )}
        <Field
          label="Messages a second, at most"
          error={rateError}
          hint={
            count !== null &&
            !rateError &&
            `${countText(count, "message")} at ${rateText(perSecond)}/s take about ${spanText(Math.max(1, count / perSecond))}. The namespace's own limit holds besides.`
          }
        >
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              value={rate}
              onChange={(event) => setRate(event.target.value)}
              className="max-w-28"
            />
          )}
        </Field>
        <TargetChoice queue={queueOf(scope)} origin={target} destination={destination} onChange={setDestination} />
        <CopyChoices policies={copies} onChange={setCopies} />
      </form>
    </Dialog>
  );
}
