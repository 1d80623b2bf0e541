import { numberText } from "@/components/ui/number-text";
import { shareText } from "./share-text";

/** A share as a figure with a bar under it. */
export function ShareBar({ part, whole, strong = false }: { part: number; whole: number; strong?: boolean }) {
  const width = whole === 0 ? 0 : Math.max(part > 0 ? 2 : 0, (part / whole) * 100);
  return (
    <span
      className="block w-20"
      data-tip={whole === 0 ? "nothing to compare with" : `${numberText(part)} of ${numberText(whole)}`}
    >
      <span className={strong ? "font-semibold" : "text-soft"}>{shareText(part, whole)}</span>
      <span aria-hidden="true" className="mt-0.5 block h-1 rounded-sm bg-sunken">
        <span className={`block h-1 rounded-sm ${strong ? "bg-accent" : "bg-edge"}`} style={{ width: `${width}%` }} />
      </span>
    </span>
  );
}
