const WIDTHS = ["w-full", "w-11/12", "w-2/3", "w-full", "w-5/6", "w-1/2"] as const;

/** A placeholder for a first load only; `label` says what is being read. */
export function Skeleton({ label }: { label: string }) {
  return (
    <div role="status" className="flex flex-col gap-2 py-2">
      <span className="text-sm text-soft">{label}</span>
      <span aria-hidden="true" className="flex animate-pulse flex-col gap-2">
        {WIDTHS.map((width, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a placeholder have no identity
          <span key={row} className={`h-7 rounded-sm bg-sunken ${width}`} />
        ))}
      </span>
    </div>
  );
}
