"use client";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { countText } from "@/components/ui/number-text";
import { beginGroupEdit } from "@/lib/client/group-edits";
import { useMay } from "@/lib/client/session";
import { type GroupEditSelection, MAX_GROUP_EDIT } from "@/lib/contracts/group-edits";
import { changeOf, EMPTY_STEP, type StepDraft } from "./change-draft";
import { StepFields } from "./step-fields";

interface ChangeButtonProps {
  selection: GroupEditSelection;
  /** Messages that the selection holds now. */
  total: number;
}

/** Opens one change of everything that is selected; absent for who may not edit. */
export function ChangeButton({ selection, total }: ChangeButtonProps) {
  const mayEdit = useMay("edits.write");
  const [open, setOpen] = useState(false);
  if (!mayEdit || total === 0) return null;
  return (
    <>
      <Button icon="edit" onClick={() => setOpen(true)}>
        Edit…
      </Button>
      {open && <ChangeDialog selection={selection} total={total} onClose={() => setOpen(false)} />}
    </>
  );
}

/** What is changed. It leads to the page where it is tried on every message; nothing is saved from here. */
function ChangeDialog({ selection, total, onClose }: ChangeButtonProps & { onClose: () => void }) {
  const router = useRouter();
  const [steps, setSteps] = useState<readonly StepDraft[]>([{ ...EMPTY_STEP, key: "first" }]);
  const begin = useMutation({ mutationFn: beginGroupEdit, onSuccess: ({ id }) => router.push(`/group-edits/${id}`) });
  const change = changeOf(steps);
  const tooMany = total > MAX_GROUP_EDIT;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (change !== null && !tooMany) begin.mutate({ selection, change });
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`Change ${countText(total, "message")}`}
      description="One change for all of them, tried on each before anything is saved. The originals stay as they are; a replay sends the corrections."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            tone="primary"
            type="submit"
            form="group-edit-form"
            disabled={change === null || tooMany}
            busy={(begin.isPending || begin.isSuccess) && "Choosing the messages…"}
          >
            Try it on {countText(total, "message")}
          </Button>
        </>
      }
    >
      <form id="group-edit-form" onSubmit={submit} className="flex flex-col gap-4">
        {begin.error && <ActFailure title="Nothing was tried, and nothing was saved" error={begin.error} />}
        {tooMany && (
          <Banner tone="warn" title="Too many at once">
            {countText(MAX_GROUP_EDIT, "message")} can be changed at once. Narrow the filter.
          </Banner>
        )}
        <ul className="flex flex-col gap-3">
          {steps.map((step) => (
            <StepFields
              key={step.key}
              step={step}
              onChange={(next) =>
                setSteps(steps.map((other) => (other.key === step.key ? { ...step, ...next } : other)))
              }
              onDrop={steps.length === 1 ? null : () => setSteps(steps.filter(({ key }) => key !== step.key))}
            />
          ))}
        </ul>
        <div>
          <Button small icon="plus" onClick={() => setSteps([...steps, { ...EMPTY_STEP, key: crypto.randomUUID() }])}>
            Add a change
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
