import { cx } from "./cx";

/** A placeholder for a first load only; `label` says what is being read. */
export function Skeleton({ label, rows = 6 }: { label: string; rows?: number }) {
  return (
    <div role="status" className="flex flex-col gap-2 py-2">
      <span className="text-sm text-soft">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a placeholder have no identity
        <span
          key={row}
          aria-hidden="true"
          className={cx("h-7 animate-pulse rounded-sm bg-sunken", row % 3 === 2 ? "w-2/3" : "w-full")}
        />
      ))}
    </div>
  );
}
