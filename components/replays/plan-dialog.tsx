"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { countText, numberText, rateText } from "@/components/ui/number-text";
import { spanText } from "@/components/ui/time-text";
import { policyQuery } from "@/lib/client/policies";
import { planReplay } from "@/lib/client/replays";
import { policySummary } from "../policies/policy-words";
import { type Amount, AmountChoice, amountOf } from "./amount-choice";
import { CopyChoices, type CopyPolicies } from "./copy-choices";
import { PaceChoices } from "./pace-choices";
import { NO_PACE, readPace } from "./pace-draft";
import { queueOf, type ReplayScope, selectionOf } from "./replay-scope";
import { type Destination, TargetChoice } from "./target-choice";

interface PlanDialogProps {
  scope: ReplayScope;
  total: number;
  target: string;
  onClose: () => void;
}

/** A small step first: five, look, then the rest. */
const FIRST_STEP = 5;
/** From so many on the check takes long enough to be told of. */
const MANY = 20_000;

/** How many, how fast, where to. It leads to the plan; nothing is sent from here. */
export function PlanDialog({ scope, total, target, onClose }: PlanDialogProps) {
  const router = useRouter();
  const [amount, setAmount] = useState<Amount>(
    total > FIRST_STEP ? { kind: "first", count: FIRST_STEP } : { kind: "all" },
  );
  const [paceDraft, setPace] = useState(NO_PACE);
  const policy = useQuery(policyQuery(queueOf(scope))).data;
  const [destination, setDestination] = useState<Destination>({ path: null, routeTo: null });
  const [copies, setCopies] = useState<CopyPolicies>({
    messageIdPolicy: "auto",
    doubtPolicy: null,
    expiryPolicy: "keep",
    deliverAt: null,
  });
  const plan = useMutation({ mutationFn: planReplay, onSuccess: ({ id }) => router.push(`/replays/${id}`) });

  const offered = policy?.offered.rate ?? null;
  const { pace, errors } = readPace(paceDraft, offered ?? 1);
  const limits = policy === undefined ? [] : policySummary(policy.policy);
  const count = amountOf(amount, total);
  const amountError = count === null ? `A number from 1 to ${numberText(total)}.` : undefined;
  const ready = count !== null && (offered !== null || paceDraft.rate !== null);

  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (count === null || pace === null) return;
    plan.mutate({
      selection: selectionOf(scope, amount.kind === "all" ? undefined : count),
      targetPath: destination.path,
      routeTo: destination.routeTo,
      burst: 1,
      ...pace,
      ...copies,
    });
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={`${scope.kind === "archive" ? "Restore" : "Replay"} to ${destination.path ?? target}`}
      description="The next page shows what will happen, message by message. Nothing is sent before you start it there."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            tone="primary"
            type="submit"
            form="plan-form"
            disabled={!ready || pace === null}
            busy={(plan.isPending || plan.isSuccess) && "Checking the messages…"}
          >
            {count === null ? "Check the plan" : `Check the plan for ${countText(count, "message")}`}
          </Button>
        </>
      }
    >
      <form id="plan-form" onSubmit={submit} className="flex flex-col gap-4">
        {plan.error && <ActFailure title="The plan was not made; nothing was sent" error={plan.error} />}
        {plan.isPending && (count ?? 0) >= MANY && (
          <p role="status" className="text-sm text-soft">
            Each of the {numberText(count ?? 0)} messages is looked at. A hundred thousand take some ten seconds, more
            while the database is busy.
          </p>
        )}
        {scope.kind !== "dead-letters" ? (
          <AmountChoice amount={amount} total={total} error={amountError} onChange={setAmount} />
        ) : (
          <p>
            {countText(total, "message")} {total === 1 ? "is" : "are"} selected.
          </p>
        )}
        <Field
          label="Messages a second, at most"
          error={errors.rate}
          hint={
            count !== null &&
            pace !== null &&
            `${countText(count, "message")} at ${rateText(pace.rate)}/s take about ${spanText(Math.max(1, count / pace.rate))}.${policy === undefined ? "" : ` At most ${rateText(policy.offered.mostRate)} are allowed.`}`
          }
        >
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              value={paceDraft.rate ?? (offered === null ? "" : String(offered))}
              onChange={(event) => setPace({ ...paceDraft, rate: event.target.value })}
              className="max-w-28"
            />
          )}
        </Field>
        {limits.length > 0 && (
          <p className="text-sm text-soft break-name">The policy of this queue: {limits.join(" · ")}.</p>
        )}
        <TargetChoice queue={queueOf(scope)} origin={target} destination={destination} onChange={setDestination} />
        <PaceChoices
          draft={paceDraft}
          onChange={setPace}
          errors={errors}
          canarySeconds={policy?.offered.canarySeconds ?? null}
        />
        <CopyChoices policies={copies} onChange={setCopies} />
      </form>
    </Dialog>
  );
}
