"use client";
import { Field, Input, Select } from "@/components/ui/field";
import type { PlanReplay } from "@/lib/contracts/replays";
import { localInputText } from "./local-time";

export type CopyPolicies = Pick<PlanReplay, "messageIdPolicy" | "doubtPolicy" | "expiryPolicy" | "deliverAt">;

interface CopyChoicesProps {
  policies: CopyPolicies;
  onChange: (policies: CopyPolicies) => void;
}

/** What most replays leave as it is. */
export function CopyChoices({ policies, onChange }: CopyChoicesProps) {
  return (
    <details className="rounded-md border border-line">
      <summary className="rounded-md px-3 py-2 font-medium">Message ids, lifetime, doubt</summary>
      <div className="flex flex-col gap-4 border-t border-line p-3">
        <Field
          label="Message ids"
          hint="The target may drop an id that it has seen, and a consumer may skip one. The plan says what it chose and why."
        >
          {(control) => (
            <Select
              {...control}
              value={policies.messageIdPolicy}
              onChange={(event) =>
                onChange({ ...policies, messageIdPolicy: event.target.value as CopyPolicies["messageIdPolicy"] })
              }
            >
              <option value="auto">Let the plan choose by target and consumer</option>
              <option value="preserve">Keep every message's id</option>
              <option value="new">Give every copy a new id</option>
            </Select>
          )}
        </Field>
        <Field
          label="Lifetime of the copies"
          hint="Kept: a message whose expiry is over is refused, its copy would die at once."
        >
          {(control) => (
            <Select
              {...control}
              value={policies.expiryPolicy}
              onChange={(event) =>
                onChange({ ...policies, expiryPolicy: event.target.value as CopyPolicies["expiryPolicy"] })
              }
            >
              <option value="keep">As their sender set it</option>
              <option value="renew">As long as their sender gave them, from now on</option>
              <option value="none">No expiry of their own</option>
            </Select>
          )}
        </Field>
        <Field
          label="Deliver not before, in your time"
          hint="The target keeps the copies back until then. Empty: they are delivered as they are sent."
        >
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              className="max-w-60"
              value={policies.deliverAt === null ? "" : localInputText(new Date(policies.deliverAt))}
              onChange={(event) =>
                onChange({
                  ...policies,
                  deliverAt: event.target.value === "" ? null : new Date(event.target.value).toISOString(),
                })
              }
            />
          )}
        </Field>
        <Field
          label="If it is not known whether a copy arrived"
          hint="A broken connection can leave that open. Evidence decides first; this decides where there is none."
        >
          {(control) => (
            <Select
              {...control}
              value={policies.doubtPolicy ?? ""}
              onChange={(event) =>
                onChange({ ...policies, doubtPolicy: (event.target.value || null) as CopyPolicies["doubtPolicy"] })
              }
            >
              <option value="">As the policies of queue and target say</option>
              <option value="hold">Hold the message for a person</option>
              <option value="send-again">Send again: the consumer bears duplicates</option>
            </Select>
          )}
        </Field>
      </div>
    </details>
  );
}
