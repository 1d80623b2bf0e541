"use client";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { useMay, useSession } from "@/lib/client/session";
import type { CauseNotes, CauseWork } from "@/lib/contracts/causes";

interface OwnerFieldProps {
  label: string;
  owner: CauseWork["owner"];
  /** Who may own it. */
  people: CauseNotes["people"];
  /** The choice of no owner. */
  nobody: string;
  /** The button with which a person takes it for themselves. */
  take: string;
  hint?: ReactNode;
  busy: boolean;
  onChoose: (ownerId: string | null) => void;
}

/** Who looks after something, to be changed in place: each choice is saved at once. */
export function OwnerField({ label, owner, people, nobody, take, hint, busy, onChoose }: OwnerFieldProps) {
  const mayWrite = useMay("causes.write");
  const { person } = useSession();
  const off = !mayWrite || busy;
  // An owner who can no longer be one is still shown.
  const choices = owner === null || people.some(({ id }) => id === owner.id) ? people : [owner, ...people];
  const takes = mayWrite && owner?.id !== person.id && (
    <Button small tone="quiet" className="-ml-2" disabled={off} onClick={() => onChoose(person.id)}>
      {take}
    </Button>
  );
  return (
    <Field
      label={label}
      hint={
        hint || takes ? (
          <>
            {hint && <span className="block">{hint}</span>}
            {takes}
          </>
        ) : undefined
      }
    >
      {(control) => (
        <Select
          {...control}
          disabled={off}
          value={owner?.id ?? ""}
          onChange={(event) => onChoose(event.target.value || null)}
        >
          <option value="">{nobody}</option>
          {choices.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
