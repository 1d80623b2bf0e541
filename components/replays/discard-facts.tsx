import { bytesText, countText, rateText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { DiedOf } from "./died-of";
import { BeginAndEnd, sendingWords } from "./plan-time";

/** What a discard will do, in sentences. */
export function DiscardFacts({ detail }: { detail: ReplayDetail }) {
  const { preflight, replay } = detail;
  const { willSend, totalBytes, reach, causes } = preflight;
  return (
    <Panel title="What will happen">
      <ul className="flex list-disc flex-col gap-2 pl-5 marker:text-faint">
        <li>
          <strong>{countText(willSend, "message")}</strong> of{" "}
          <strong className="break-name">{preflight.target}</strong> {willSend === 1 ? "is" : "are"} archived here, byte
          for byte, {bytesText(totalBytes)} together, and then removed from the dead-letter queue.
        </li>
        <li>
          <strong>Nothing is sent.</strong> No consumer sees them again unless they are restored from the archive.
        </li>
        <li>
          At most <strong>{rateText(replay.rate)} a second</strong>; that takes {sendingWords(detail)}.
        </li>
        <BeginAndEnd detail={detail} />
        {reach && (
          <li>
            <strong>{countText(reach.passedBy, "message")}</strong> that{" "}
            {reach.passedBy === 1 ? "stays is" : "stay are"} locked on the way and left as{" "}
            {reach.passedBy === 1 ? "it is" : "they are"}.
          </li>
        )}
        <li>Messages that arrive from now on are not part of this.</li>
      </ul>
      <DiedOf causes={causes} />
    </Panel>
  );
}
