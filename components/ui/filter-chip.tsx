import type { ReactNode } from "react";
import { Icon } from "./icon";

/** A filter that is on; the button takes it away. */
export function FilterChip({ name, children, onRemove }: { name: string; children: ReactNode; onRemove: () => void }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1 rounded-md border border-accent/40 bg-accent-wash pl-2 text-sm">
      <span className="text-soft">{name}</span>
      <span className="truncate font-medium">{children}</span>
      <button
        type="button"
        onClick={onRemove}
        aria-label={`Remove the filter ${name}`}
        className="rounded-md p-1.5 text-soft hover:text-ink"
      >
        <Icon name="close" className="size-3" />
      </button>
    </span>
  );
}
