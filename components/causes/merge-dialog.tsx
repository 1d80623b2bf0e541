"use client";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { countText } from "@/components/ui/number-text";
import { SearchInput } from "@/components/ui/search-input";
import { mergeCause } from "@/lib/client/causes";
import { queueQuery } from "@/lib/client/queues";
import type { CauseSummary } from "@/lib/contracts/queues";
import { causeTitle } from "./cause-words";
import { useCauseAct } from "./use-cause-act";

const SHOWN = 50;

/** Shows one cause's messages as another's of the same queue. */
export function MergeDialog({ open, cause, onClose }: { open: boolean; cause: CauseSummary; onClose: () => void }) {
  const router = useRouter();
  const [words, setWords] = useState("");
  const [into, setInto] = useState<CauseSummary | null>(null);
  const [reason, setReason] = useState("");
  const { data, error } = useQuery({ ...queueQuery(cause.queueId), enabled: open });
  const merge = useCauseAct(
    cause,
    (target: CauseSummary) => mergeCause(cause.id, { into: target.id, ...(reason.trim() ? { reason } : {}) }),
    () => {
      onClose();
      if (into) router.push(`/causes/${into.id}`);
    },
  );
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const others = (data?.causes ?? []).filter(
    (other) =>
      other.id !== cause.id &&
      wanted.every((word) => `${causeTitle(other)} ${other.reason} ${other.signature}`.toLowerCase().includes(word)),
  );
  return (
    <Dialog
      open={open}
      onClose={onClose}
      wide
      title={`Merge “${causeTitle(cause)}” into another cause`}
      description="Its messages, those that come later too, are shown as the other cause's until the two are taken apart again. No message is touched."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            disabled={into === null}
            busy={merge.isPending && "Merging…"}
            onClick={() => into && merge.mutate(into)}
          >
            {into ? `Show ${countText(cause.count, "message")} under “${causeTitle(into)}”` : "Choose a cause"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {merge.error && <ActFailure title="Nothing was merged" error={merge.error} />}
        {error && (
          <Banner tone="bad" live title="The causes could not be read">
            {error.message}
          </Banner>
        )}
        <Field label="Find the cause">
          {(control) => (
            <SearchInput {...control} placeholder="Name, reason or description" value={words} onSearch={setWords} />
          )}
        </Field>
        <fieldset className="max-h-72 overflow-y-auto rounded-md border border-line">
          <legend className="sr-only">Causes of this queue</legend>
          {others.length === 0 && <p className="p-3 text-soft">No other cause of this queue fits.</p>}
          {others.slice(0, SHOWN).map((other) => (
            <label key={other.id} className="flex gap-3 border-b border-line px-3 py-2 last:border-b-0 hover:bg-hover">
              <input
                type="radio"
                name="into"
                className="mt-1 size-4"
                checked={into?.id === other.id}
                onChange={() => setInto(other)}
              />
              <span className="min-w-0">
                <span className="font-medium break-name">{causeTitle(other)}</span>{" "}
                <span className="text-sm text-soft">{countText(other.count, "message")}</span>
                <span className="block font-mono text-sm text-soft break-name">{other.signature}</span>
              </span>
            </label>
          ))}
          {others.length > SHOWN && (
            <p className="p-3 text-sm text-soft">{others.length - SHOWN} more: narrow the search.</p>
          )}
        </fieldset>
        <Field label="Why (kept in the audit)">
          {(control) => (
            <Input {...control} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  );
}
