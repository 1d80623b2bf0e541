import { cx } from "./cx";
import { numberText } from "./number-text";

export interface AgeBarPart {
  readonly id: string;
  readonly label: string;
  readonly count: number;
}

/** Youngest pale, oldest strong. */
const FILLS = ["fill-heat-3", "fill-heat-3", "fill-heat-4", "fill-heat-4", "fill-heat-5", "fill-heat-6"];

/** How old the messages are: one column a bucket, youngest left, in its share of the fullest. */
export function AgeBar({ parts, className }: { parts: readonly AgeBarPart[]; className?: string }) {
  const top = Math.max(1, ...parts.map((part) => part.count));
  const label = parts
    .filter((part) => part.count > 0)
    .map((part) => `${part.label}: ${numberText(part.count)}`)
    .join(", ");
  return (
    <svg
      viewBox={`0 0 ${parts.length * 14} 24`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label || "no messages"}
      data-tip={label || "no messages"}
      className={cx("h-6 w-20", className)}
    >
      {parts.map((part, index) => {
        const height = part.count === 0 ? 1 : Math.max(3, (part.count / top) * 24);
        return (
          <rect
            key={part.id}
            x={index * 14}
            y={24 - height}
            width="12"
            height={height}
            className={part.count === 0 ? "fill-line" : FILLS[Math.min(index, FILLS.length - 1)]}
          />
        );
      })}
    </svg>
  );
}
