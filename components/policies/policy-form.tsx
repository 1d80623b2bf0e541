"use client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Check } from "@/components/ui/check";
import { Field, Input, Select } from "@/components/ui/field";
import { rateText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { ReasonField, shortReason } from "@/components/ui/reason-field";
import { ApiError } from "@/lib/client/http";
import { savePolicy } from "@/lib/client/policies";
import type { PolicyDetail, SavePolicy } from "@/lib/contracts/policies";
import { APPROVALS } from "@/lib/domain/queue-policy";
import { ConsumerFields } from "./consumer-fields";
import { draftOf, type PolicyDraft, type PolicyPart, readDraft } from "./policy-draft";
import { APPROVAL_WORDS } from "./policy-words";
import { QuietHoursFields } from "./quiet-hours-fields";

/** Every part of a policy, and why it is changed. */
export function PolicyForm({
  detail,
  disabled,
  onSaved,
}: {
  detail: PolicyDetail;
  disabled: boolean;
  onSaved: () => Promise<void>;
}) {
  const [draft, setDraft] = useState(() => draftOf(detail.policy, Intl.DateTimeFormat().resolvedOptions().timeZone));
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const read = readDraft(draft);
  const save = useMutation({
    mutationFn: (policy: SavePolicy["policy"]) =>
      savePolicy(detail.queueId, { version: detail.policy.version, reason, policy }),
    onSuccess: onSaved,
  });
  const own = "errors" in read && asked ? read.errors : {};
  const refused = save.error instanceof ApiError ? save.error.fields : {};
  const errorOf = (field: string): string | undefined => own[field] ?? refused[`policy.${field}`];
  const set = (change: Partial<PolicyDraft>) => setDraft((before) => ({ ...before, ...change }));
  const short = shortReason(reason, "Say in a few words why the policy is changed.");
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if ("policy" in read && !short) save.mutate(read.policy);
  };
  const parts = { draft, set, errorOf };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <fieldset disabled={disabled} className="contents">
        <RateAndHours {...parts} detail={detail} />
        <SecondPerson {...parts} />
        <ConsumerFields {...parts} />
      </fieldset>
      {!disabled && (
        <Panel title="Save">
          <div className="flex flex-col gap-4">
            {save.error && <ActFailure title="The policy was not changed" error={save.error} />}
            <ReasonField
              error={asked ? short : undefined}
              hint="Kept in the audit with what was and what is."
              value={reason}
              onChange={setReason}
            />
            {asked && "errors" in read && (
              <p role="alert" className="text-sm text-bad">
                Something above cannot be saved as it stands.
              </p>
            )}
            <Button type="submit" tone="primary" busy={save.isPending && "Saving…"} className="self-start">
              Save the policy
            </Button>
          </div>
        </Panel>
      )}
    </form>
  );
}

function RateAndHours({ draft, set, errorOf, detail }: PolicyPart & { detail: PolicyDetail }) {
  return (
    <Panel title="How fast, and when">
      <div className="flex flex-col gap-4">
        <Field
          label="Copies a second, at most"
          error={errorOf("maxRate")}
          hint={`For one replay out of this queue, and for all replays into its entity together. Empty: the limit of the namespace${detail.namespaceRate === null ? "" : `, ${rateText(detail.namespaceRate)}`}.`}
        >
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              value={draft.maxRate}
              onChange={(event) => set({ maxRate: event.target.value })}
              className="max-w-28"
            />
          )}
        </Field>
        <QuietHoursFields draft={draft} set={set} errorOf={errorOf} />
      </div>
    </Panel>
  );
}

function SecondPerson({ draft, set, errorOf }: PolicyPart) {
  return (
    <Panel title="A second person">
      <div className="flex flex-col gap-4">
        <Field
          label="Approval"
          hint="A person with the role approver, who neither planned, submitted nor edited it. An approval is of one plan exactly."
        >
          {(control) => (
            <Select
              {...control}
              value={draft.approval}
              onChange={(event) => set({ approval: APPROVALS.find((name) => name === event.target.value) ?? "never" })}
              className="max-w-80"
            >
              {APPROVALS.map((name) => (
                <option key={name} value={name}>
                  {APPROVAL_WORDS[name]}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {draft.approval === "over" && (
          <Field label="More than so many messages" error={errorOf("approvalOver")}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                value={draft.approvalOver}
                onChange={(event) => set({ approvalOver: event.target.value })}
                className="max-w-28"
              />
            )}
          </Field>
        )}
        <Check
          label="Protected"
          hint="Administrators alone plan, start and resume replays out of this queue and into it, and a second person always approves."
          checked={draft.protected}
          onChange={(checked) => set({ protected: checked })}
        />
      </div>
    </Panel>
  );
}
