"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Icon } from "@/components/ui/icon";
import { Menu, MenuItem, MenuNote } from "@/components/ui/menu";
import { savedFiltersQuery } from "@/lib/client/search";
import type { SavedFilter } from "@/lib/contracts/search";
import { ManageFiltersDialog } from "./manage-filters-dialog";
import { SaveFilterDialog } from "./save-filter-dialog";

interface SavedFiltersProps {
  /** What is on now. */
  current: SavedFilter["filter"];
  onUse: (filter: SavedFilter["filter"]) => void;
}

/** Named filters: use one, keep the present one, change them. */
export function SavedFilters({ current, onUse }: SavedFiltersProps) {
  const { data } = useQuery(savedFiltersQuery());
  const [dialog, setDialog] = useState<"save" | "manage" | null>(null);
  const filters = data?.items ?? [];
  const isOn = Object.values(current).some((value) => value !== undefined && value !== "");
  return (
    <>
      <Menu
        label="Saved filters"
        trigger={
          <>
            Saved <Icon name="down" className="size-3" />
          </>
        }
      >
        {filters.length === 0 && (
          <MenuNote>
            {isOn ? "No filter is saved yet." : "No filter is saved yet. Apply one, then keep it here."}
          </MenuNote>
        )}
        {filters.map((filter) => (
          <MenuItem key={filter.id} icon={filter.shared ? "person" : "search"} onSelect={() => onUse(filter.filter)}>
            <span className="min-w-0 flex-1 truncate">{filter.name}</span>
            {filter.shared && (
              <span className="text-xs text-faint">{filter.own ? "shared" : `by ${filter.owner}`}</span>
            )}
          </MenuItem>
        ))}
        {isOn && (
          <MenuItem icon="plus" onSelect={() => setDialog("save")}>
            Save this filter…
          </MenuItem>
        )}
        {filters.some(({ own }) => own) && (
          <MenuItem icon="edit" onSelect={() => setDialog("manage")}>
            Rename, share, delete…
          </MenuItem>
        )}
      </Menu>
      {dialog === "save" && <SaveFilterDialog filter={current} onClose={() => setDialog(null)} />}
      {dialog === "manage" && <ManageFiltersDialog filters={filters} onClose={() => setDialog(null)} />}
    </>
  );
}
