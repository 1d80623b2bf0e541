"use client";
import { Check } from "@/components/ui/check";
import { Field, Input, Select } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { DEDUPLICATIONS } from "@/lib/domain/queue-policy";
import type { PolicyPart } from "./policy-draft";
import { DEDUPLICATION_WORDS } from "./policy-words";

/** What the consumer bears, and how to ask whether it is well. */
export function ConsumerFields({ draft, set, errorOf }: PolicyPart) {
  return (
    <Panel title="The consumer">
      <div className="flex flex-col gap-4">
        <Field
          label="It knows a message that it had before"
          hint="A new id can repeat what was done, and an old one be skipped: the choice of ids weighs this."
        >
          {(control) => (
            <Select
              {...control}
              value={draft.deduplicatesBy}
              onChange={(event) =>
                set({ deduplicatesBy: DEDUPLICATIONS.find((name) => name === event.target.value) ?? "" })
              }
              className="max-w-96"
            >
              <option value="">nobody has said how</option>
              {DEDUPLICATIONS.map((name) => (
                <option key={name} value={name}>
                  {DEDUPLICATION_WORDS[name]}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {draft.deduplicatesBy === "business-key" && (
          <Field
            label="Where the key stands"
            error={errorOf("businessKey")}
            hint="The name of an application property, or a JSON pointer into the body: /order/id"
          >
            {(control) => (
              <Input
                {...control}
                maxLength={300}
                value={draft.businessKey}
                onChange={(event) => set({ businessKey: event.target.value })}
                className="max-w-80"
              />
            )}
          </Field>
        )}
        <Field
          label="If it is not known whether a copy arrived"
          hint="Offered to a plan. Evidence decides first; this decides where there is none."
        >
          {(control) => (
            <Select
              {...control}
              value={draft.doubtPolicy}
              onChange={(event) => set({ doubtPolicy: event.target.value === "send-again" ? "send-again" : "hold" })}
              className="max-w-96"
            >
              <option value="hold">Hold the message for a person</option>
              <option value="send-again">Send again: the consumer bears duplicates</option>
            </Select>
          )}
        </Field>
        <Field
          label="Health address"
          error={errorOf("healthUrl")}
          hint="A replay begins once it answers that the consumer is well, and pauses when it is not any more. The host must be allowed by the configuration."
        >
          {(control) => (
            <Input
              {...control}
              type="url"
              maxLength={2000}
              value={draft.healthUrl}
              onChange={(event) => set({ healthUrl: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Messages that may wait in the target"
          error={errorOf("backlogBound")}
          hint="A replay pauses above it. Empty: any number."
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              value={draft.backlogBound}
              onChange={(event) => set({ backlogBound: event.target.value })}
              className="max-w-36"
            />
          )}
        </Field>
        <Check
          label="Copies carry the console's stamps"
          hint="Three properties name the item, its attempt and the original. Without them every copy gets a new id, and returns and evidence for doubt cannot be seen."
          checked={draft.stamps}
          onChange={(checked) => set({ stamps: checked })}
        />
      </div>
    </Panel>
  );
}
