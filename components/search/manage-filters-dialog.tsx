"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { changeFilter, removeFilter, savedFiltersQuery } from "@/lib/client/search";
import { useMay } from "@/lib/client/session";
import type { ChangeFilter, SavedFilter } from "@/lib/contracts/search";
import { filterWords } from "./filter-words";

/** One's own saved filters, to be renamed, shared and deleted. */
export function ManageFiltersDialog({ filters, onClose }: { filters: readonly SavedFilter[]; onClose: () => void }) {
  const own = filters.filter((filter) => filter.own);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Your saved filters"
      description="What is shared, everybody can use; the audit says who shared or withdrew it."
      footer={<Button onClick={onClose}>Close</Button>}
    >
      {own.length === 0 && <p className="text-soft">You keep none any more.</p>}
      <ul className="flex flex-col gap-4">
        {own.map((filter) => (
          <FilterItem key={filter.id} filter={filter} />
        ))}
      </ul>
    </Dialog>
  );
}

function FilterItem({ filter }: { filter: SavedFilter }) {
  const client = useQueryClient();
  const mayShare = useMay("filters.share");
  const [name, setName] = useState(filter.name);
  const [deleting, setDeleting] = useState(false);
  const again = () => client.invalidateQueries({ queryKey: savedFiltersQuery().queryKey });
  const change = useMutation({ mutationFn: (body: ChangeFilter) => changeFilter(filter.id, body), onSuccess: again });
  const remove = useMutation({ mutationFn: () => removeFilter(filter.id), onSuccess: again });
  const error = change.error ?? remove.error;
  return (
    <li className="border-b border-line pb-4 last:border-b-0 last:pb-0">
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ name });
        }}
      >
        <Field label="Name" className="min-w-40 flex-1" error={error?.message}>
          {(control) => (
            <Input {...control} maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Button
          type="submit"
          small
          disabled={name.trim() === "" || name.trim() === filter.name}
          busy={change.isPending && "Saving…"}
        >
          Rename
        </Button>
        {(mayShare || filter.shared) && (
          <Button small disabled={change.isPending} onClick={() => change.mutate({ shared: !filter.shared })}>
            {filter.shared ? "Stop sharing" : "Share"}
          </Button>
        )}
        <Button
          small
          tone="danger"
          busy={remove.isPending && "Deleting…"}
          onClick={() => (deleting ? remove.mutate() : setDeleting(true))}
        >
          {deleting ? `Delete ${filter.shared ? "for everybody" : "it"}` : "Delete"}
        </Button>
      </form>
      <p className="mt-1 font-mono text-xs break-name text-soft">{filterWords(filter.filter)}</p>
    </li>
  );
}
