import { cx } from "./cx";

interface SparklineProps {
  values: readonly number[];
  /** What it shows, in words, with its figures: it replaces the picture for who cannot see it. */
  label: string;
  className?: string;
}

const HEIGHT = 24;

/** Bars, oldest first, each with its share of the highest; an hour without any keeps its baseline. */
export function Sparkline({ values, label, className }: SparklineProps) {
  const top = Math.max(1, ...values);
  return (
    <svg
      viewBox={`0 0 ${values.length * 4} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      data-tip={label}
      className={cx("h-6 w-24", className)}
    >
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(3, (value / top) * HEIGHT);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: the place in time is the identity
            key={index}
            x={index * 4}
            y={HEIGHT - height}
            width="3"
            height={height}
            className={value === 0 ? "fill-line" : "fill-soft"}
          />
        );
      })}
    </svg>
  );
}
