import { bytesText, countText, numberText, rateText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { Age } from "@/components/ui/time";
import { spanText } from "@/components/ui/time-text";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { reasonText } from "../queues/queue-words";

/** What will happen, in sentences. */
export function PlanFacts({ detail }: { detail: ReplayDetail }) {
  const { preflight, replay } = detail;
  return (
    <Panel title="What will happen">
      <ul className="flex list-disc flex-col gap-2 pl-5 marker:text-faint">
        <li>
          <strong>{countText(preflight.willSend, "copy", "copies")}</strong> {preflight.willSend === 1 ? "goes" : "go"}{" "}
          to <strong className="break-name">{preflight.target}</strong>, oldest first, {bytesText(preflight.totalBytes)}{" "}
          together.
          {preflight.oldestEnqueuedAt && preflight.newestEnqueuedAt && (
            <>
              {" "}
              They were enqueued between <Age since={preflight.oldestEnqueuedAt} /> and{" "}
              <Age since={preflight.newestEnqueuedAt} /> ago.
            </>
          )}
        </li>
        <li>
          At most <strong>{rateText(replay.rate)} a second</strong>
          {replay.burst > 1 && `, with a burst of ${replay.burst}`}; that takes about{" "}
          {spanText(Math.max(1, preflight.expectedSeconds))}.
        </li>
        <li>
          {preflight.edited === 0
            ? "Every copy has the same bytes and properties as its original."
            : `${countText(preflight.edited, "copy", "copies")} ${preflight.edited === 1 ? "carries its saved correction" : "carry their saved corrections"}; the others have the bytes of their originals.`}
        </li>
        <li>
          Message ids: <strong>{preflight.messageIdPolicy === "preserve" ? "kept" : "new for every copy"}</strong>.{" "}
          {preflight.messageIdWhy}
        </li>
        <li>
          {detail.doubtPolicy === "hold"
            ? "If it cannot be told whether a copy arrived, the message is held for a person."
            : "If it cannot be told whether a copy arrived, it is sent again: the consumer must bear duplicates."}
        </li>
        <li>
          An original leaves the dead-letter queue only after the broker has taken its copy. Messages that arrive from
          now on are not part of this.
        </li>
      </ul>
      {preflight.causes.length > 0 && (
        <div className="mt-4 border-t border-line pt-3">
          <h3 className="mb-1 text-sm font-medium">They died of</h3>
          <ul className="flex flex-col gap-1 text-sm">
            {preflight.causes.map((cause) => (
              <li key={`${cause.reason} ${cause.signature}`} className="flex gap-3">
                <span className="w-14 shrink-0 text-right font-medium">{numberText(cause.count)}</span>
                <span className="min-w-0 break-name">
                  {reasonText(cause.reason)} <span className="font-mono text-soft">{cause.signature}</span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}
