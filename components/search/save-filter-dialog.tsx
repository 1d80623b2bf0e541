"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Check } from "@/components/ui/check";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { savedFiltersQuery, saveFilter } from "@/lib/client/search";
import { useMay } from "@/lib/client/session";
import type { SavedFilter } from "@/lib/contracts/search";
import { filterWords } from "./filter-words";

export function SaveFilterDialog({ filter, onClose }: { filter: SavedFilter["filter"]; onClose: () => void }) {
  const client = useQueryClient();
  const mayShare = useMay("filters.share");
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const save = useMutation({
    mutationFn: saveFilter,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: savedFiltersQuery().queryKey });
      onClose();
    },
  });
  const act = () => save.mutate({ name, shared, filter });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Save this filter"
      description={<span className="font-mono text-xs">{filterWords(filter)}</span>}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={name.trim() === ""} busy={save.isPending && "Saving…"} onClick={act}>
            Save the filter
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") act();
        }}
      >
        <Field label="Name" error={save.error?.message}>
          {(control) => (
            <Input {...control} maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        {mayShare && (
          <Check
            label="Share it with everybody"
            hint="They can use it; only you can change it. The audit names it."
            checked={shared}
            onChange={setShared}
          />
        )}
      </form>
    </Dialog>
  );
}
