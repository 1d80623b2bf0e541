import { useState } from "react";

/** What is ticked: single messages, or everything that the filter matches, now and on pages not yet loaded. */
export type Selection =
  | { readonly kind: "some"; readonly ids: ReadonlySet<string> }
  | { readonly kind: "all-matching" };

const NOTHING: Selection = { kind: "some", ids: new Set() };

export function isSelected(selection: Selection, id: string): boolean {
  return selection.kind === "all-matching" || selection.ids.has(id);
}

/** Selection of one list; another filter starts with nothing selected. */
export function useSelection(listKey: string) {
  const [held, setHeld] = useState({ listKey, selection: NOTHING });
  const selection = held.listKey === listKey ? held.selection : NOTHING;
  const set = (next: Selection) => setHeld({ listKey, selection: next });

  return {
    selection,
    clear: () => set(NOTHING),
    selectAllMatching: () => set({ kind: "all-matching" }),
    /** Ticks or unticks the given ones. Out of "all matching", the ones shown stay ticked but for these. */
    mark: (ids: readonly string[], on: boolean, shown: readonly string[]) => {
      const next = new Set(selection.kind === "all-matching" ? shown : selection.ids);
      for (const id of ids) {
        if (on) next.add(id);
        else next.delete(id);
      }
      set({ kind: "some", ids: next });
    },
  };
}
