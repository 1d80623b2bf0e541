"use client";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { Field, Input, Select } from "@/components/ui/field";
import { overviewQuery } from "@/lib/client/queues";
import type { Policies } from "./plan-dialog";

interface PolicyChoicesProps {
  policies: Policies;
  onChange: (policies: Policies) => void;
  target: string;
  otherTarget: string;
  onTarget: (target: string) => void;
}

/** What most replays leave as it is. */
export function PolicyChoices({ policies, onChange, target, otherTarget, onTarget }: PolicyChoicesProps) {
  const listId = useId();
  const { data } = useQuery(overviewQuery());
  const targets = [...new Set((data?.queues ?? []).map((queue) => queue.originPath))].filter((path) => path !== target);
  return (
    <details className="rounded-md border border-line">
      <summary className="rounded-md px-3 py-2 font-medium">Message ids, doubt, another target</summary>
      <div className="flex flex-col gap-4 border-t border-line p-3">
        <Field
          label="Message ids"
          hint="A target that drops duplicates loses a copy with an id that it has seen. The plan says what it chose and why."
        >
          {(control) => (
            <Select
              {...control}
              value={policies.messageIdPolicy}
              onChange={(event) =>
                onChange({ ...policies, messageIdPolicy: event.target.value as Policies["messageIdPolicy"] })
              }
            >
              <option value="auto">Let the plan choose by the target's settings</option>
              <option value="preserve">Keep every message's id</option>
              <option value="new">Give every copy a new id</option>
            </Select>
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
                onChange({ ...policies, doubtPolicy: (event.target.value || null) as Policies["doubtPolicy"] })
              }
            >
              <option value="">As the policy of the queue says</option>
              <option value="hold">Hold the message for a person</option>
              <option value="send-again">Send again: the consumer bears duplicates</option>
            </Select>
          )}
        </Field>
        <Field label="Another target" hint={`Leave empty to replay to ${target}, where the messages came from.`}>
          {(control) => (
            <Input
              {...control}
              list={listId}
              value={otherTarget}
              placeholder={target}
              maxLength={300}
              onChange={(event) => onTarget(event.target.value)}
            />
          )}
        </Field>
        <datalist id={listId}>
          {targets.map((path) => (
            <option key={path} value={path} />
          ))}
        </datalist>
      </div>
    </details>
  );
}
