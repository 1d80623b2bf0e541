import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import type { DeadLetterRow } from "@/lib/contracts/dead-letters";
import { StateBadge } from "../replays/state-badge";
import { itemLook, outcomeLook } from "../replays/state-words";

const LEFT: Readonly<Record<string, string>> = {
  replayed: "left by a replay",
  discarded: "discarded",
  removed: "removed by somebody else",
  replaced: "another message has its place",
};

/** What has been done to a message, or come of it. */
export function MessageBadges({ row }: { row: DeadLetterRow }) {
  const { replay, returnedFrom } = row;
  return (
    <span className="flex flex-wrap gap-1">
      {row.leftAt !== null && <Badge icon="check">{LEFT[row.leftHow ?? ""] ?? "left the queue"}</Badge>}
      {row.edited && (
        <Badge tone="accent" icon="edit" tip="A correction is saved; a replay sends the corrected message.">
          corrected
        </Badge>
      )}
      {returnedFrom && (
        <Link href={`/replays/${returnedFrom.replayId}`}>
          <Badge tone="warn" icon="returned" tip="This is the copy of a replay that died too.">
            came back
          </Badge>
        </Link>
      )}
      {replay && (
        <Link href={`/replays/${replay.id}`}>
          <StateBadge look={replay.outcome === "returned" ? outcomeLook("returned") : itemLook(replay.itemState)} />
        </Link>
      )}
    </span>
  );
}
