import { numberText } from "@/components/ui/number-text";
import type { Preflight } from "@/lib/contracts/replays";
import { reasonText } from "../queues/queue-words";

/** The causes that the messages of a plan died of, with how many of each; absent where none is known. */
export function DiedOf({ causes }: { causes: Preflight["causes"] }) {
  if (causes.length === 0) return null;
  return (
    <div className="mt-4 border-t border-line pt-3">
      <h3 className="mb-1 text-sm font-medium">They died of</h3>
      <ul className="flex flex-col gap-1 text-sm">
        {causes.map((cause) => (
          <li key={`${cause.reason} ${cause.signature}`} className="flex gap-3">
            <span className="w-14 shrink-0 text-right font-medium">{numberText(cause.count)}</span>
            <span className="min-w-0 break-name">
              {reasonText(cause.reason)} <span className="font-mono text-soft">{cause.signature}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
