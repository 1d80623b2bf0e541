"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { numberText } from "@/components/ui/number-text";
import type { ChangeCause } from "@/lib/contracts/causes";

const HOUR = 3_600_000;
const TIMES = [
  { id: "1", label: "1 hour", ms: HOUR },
  { id: "4", label: "4 hours", ms: 4 * HOUR },
  { id: "24", label: "1 day", ms: 24 * HOUR },
  { id: "168", label: "7 days", ms: 168 * HOUR },
] as const;

interface SnoozeDialogProps {
  open: boolean;
  /** Messages of the cause that are there now. */
  count: number;
  onClose: () => void;
  onSnooze: (end: Pick<ChangeCause, "snoozedUntil" | "snoozedCount">) => void;
}

/** Until when a cause is left alone: a time, a count of messages, or whichever comes first. */
export function SnoozeDialog({ open, count, onClose, onSnooze }: SnoozeDialogProps) {
  const [time, setTime] = useState<string>("4");
  const [messages, setMessages] = useState("");
  const [asked, setAsked] = useState(false);
  const until = TIMES.find(({ id }) => id === time);
  const limit = messages.trim() === "" ? null : Number(messages);
  const wrong =
    limit !== null && !(Number.isInteger(limit) && limit > count)
      ? `A whole number above ${numberText(count)}, which is how many there are now.`
      : until === undefined && limit === null
        ? "Say a time, a count, or both."
        : undefined;
  const snooze = () => {
    setAsked(true);
    if (wrong !== undefined) return;
    onSnooze({
      snoozedUntil: until === undefined ? null : new Date(Date.now() + until.ms).toISOString(),
      snoozedCount: limit,
    });
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Snooze this cause"
      description="It is shown as snoozed until then, and as new afterwards. Nothing happens to its messages."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" onClick={snooze}>
            Snooze it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="For">
          {(control) => (
            <Select {...control} value={time} onChange={(event) => setTime(event.target.value)}>
              {TIMES.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
              <option value="">no end in time</option>
            </Select>
          )}
        </Field>
        <Field
          label="Or until so many messages are there"
          hint={`${numberText(count)} are there now. Leave it empty for no such end.`}
          error={asked ? wrong : undefined}
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              value={messages}
              onChange={(event) => setMessages(event.target.value)}
            />
          )}
        </Field>
      </div>
    </Dialog>
  );
}
