import { cx } from "./cx";

interface TimeBarsProps {
  readonly bars: readonly {
    readonly id: string;
    readonly value: number /** What the bar says when it is pointed at. */;
    readonly tip: string;
  }[];
  /** The height that is as high as it goes, so that charts beside each other compare. */
  readonly top: number;
  /** What it shows, in words, with its figures: it replaces the picture for who cannot see it. */
  readonly label: string;
  /** A fill- class. */
  readonly fill: string;
}

const HEIGHT = 64;

/** Bars over time, oldest first. What there is of any is drawn at least two pixels high; nothing is drawn of nothing. */
export function TimeBars({ bars, top, label, fill }: TimeBarsProps) {
  return (
    <svg
      viewBox={`0 0 ${bars.length * 10} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className="h-16 w-full border-b border-line"
    >
      {bars.map((bar, index) => {
        const height = bar.value === 0 ? 0 : Math.max(2, (bar.value / Math.max(1, top)) * (HEIGHT - 2));
        return (
          <g key={bar.id} data-tip={bar.tip} className="group">
            <rect
              x={index * 10}
              y={0}
              width="10"
              height={HEIGHT}
              className="fill-transparent group-hover:fill-sunken"
            />
            <rect x={index * 10 + 1} y={HEIGHT - height} width="8" height={height} className={cx(fill)} />
          </g>
        );
      })}
    </svg>
  );
}
