import Link from "next/link";
import { Ago } from "@/components/ui/time";
import type { DeadLetterDetail } from "@/lib/contracts/dead-letters";
import { StateBadge } from "../replays/state-badge";
import { itemLook, outcomeLook } from "../replays/state-words";

/** Earlier replays of this message, and of the messages it is a copy of; newest first. */
export function LineageList({ lineage }: { lineage: DeadLetterDetail["lineage"] }) {
  if (lineage.length === 0) return <p className="text-sm text-soft">Never replayed.</p>;
  return (
    <ol className="flex flex-col gap-3 text-sm">
      {lineage.map((entry) => (
        <li key={entry.itemId} className="border-l-2 border-line pl-3">
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <Link href={`/replays/${entry.replayId}`} className="font-medium hover:text-accent hover:underline">
              Replay {entry.replayId.slice(0, 8)}
            </Link>
            <StateBadge look={itemLook(entry.state)} />
            {entry.outcome && <StateBadge look={outcomeLook(entry.outcome)} />}
          </div>
          <div className="text-soft">
            {entry.sentAt ? (
              <>
                {entry.edited ? "sent corrected " : "sent as it was "}
                <Ago time={entry.sentAt} />
              </>
            ) : (
              "not sent"
            )}
            {entry.startedBy && `, started by ${entry.startedBy}`}
            {entry.returnedAt && (
              <>
                , came back <Ago time={entry.returnedAt} />
              </>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
