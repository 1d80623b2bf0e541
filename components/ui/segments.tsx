export interface Segment {
  readonly id: string;
  readonly count: number;
  /** A fill- class. */
  readonly fill: string;
}

/** Shares of a whole side by side; the figures stand in words beside it. */
export function Segments({ segments, label }: { segments: readonly Segment[]; label: string }) {
  const total = Math.max(
    1,
    segments.reduce((sum, segment) => sum + segment.count, 0),
  );
  let at = 0;
  return (
    <svg
      viewBox="0 0 1000 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className="h-2.5 w-full rounded-sm bg-sunken"
    >
      {segments.map((segment) => {
        const x = at;
        const width = (segment.count / total) * 1000;
        at += width;
        return <rect key={segment.id} x={x} y="0" width={width} height="10" className={segment.fill} />;
      })}
    </svg>
  );
}
