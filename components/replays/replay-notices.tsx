import Link from "next/link";
import { Fragment } from "react";
import { Banner } from "@/components/ui/banner";
import { buttonLook } from "@/components/ui/button";
import { countText, numberText } from "@/components/ui/number-text";
import { Ago } from "@/components/ui/time";
import type { ReplayDetail } from "@/lib/contracts/replays";
import type { ReplayState } from "@/lib/domain/replay-states";
import { whatBecame } from "./end-words";
import { replayLook } from "./state-words";

/** Where the replay stands, in sentences: why it waits, how it ended, what was and was not sent. */
export function ReplayNotices({ detail }: { detail: ReplayDetail }) {
  const { replay, liveWorkers, newArrivals } = detail;
  const returned = replay.cameBack;
  const ending = endTitle(replay.state);
  return (
    <div className="mb-4 flex flex-col gap-2 empty:hidden">
      {liveWorkers === 0 && ending === null && (
        <Banner tone="bad" live title="No worker is running">
          Nothing is sent until one is started. The replay then goes on where it stands.
        </Banner>
      )}
      {replay.state === "running" && replay.notice !== null && replay.hold?.kind !== "consumer" && (
        <Banner tone="warn" live title="It is held up">
          {replay.notice}
        </Banner>
      )}
      {replay.state === "paused" && (
        <Banner tone="warn" icon="pause" title={pauseTitle(replay.pauseReason)}>
          {whatBecame(replay).join(" ")}
        </Banner>
      )}
      {ending !== null && (
        <Banner
          tone={replayLook(replay.state).tone}
          icon={replayLook(replay.state).icon}
          title={
            <>
              {ending} {replay.finishedAt && <Ago time={replay.finishedAt} focusable />}
            </>
          }
        >
          {whatBecame(replay).join(" ")}
        </Banner>
      )}
      {returned > 0 && (
        <Banner
          tone="warn"
          icon="returned"
          title={`${countText(returned, "copy", "copies")} came back dead`}
          action={
            <Link href={`/queues/${replay.queue.id}/messages?returned=yes`} className={buttonLook("plain", true)}>
              See what came back
            </Link>
          }
        >
          <ReturnedIn detail={detail} /> The consumer still fails for them. They keep the age of their first copy; look
          at why before you replay them again.
        </Banner>
      )}
      {newArrivals !== null && newArrivals > 0 && (
        <Banner title={`${countText(newArrivals, "message")} of the same kind arrived since the plan`}>
          {newArrivals === 1 ? "It is" : "They are"} not part of this replay.
        </Banner>
      )}
    </div>
  );
}

/** Where they died, which may be another subscription than the one that they came from. */
function ReturnedIn({ detail: { returnedIn } }: { detail: ReplayDetail }) {
  return (
    <>
      {returnedIn.map(({ queueId, entityPath, count }, place) => (
        <Fragment key={queueId}>
          {place > 0 && ", "}
          {numberText(count)} in{" "}
          <Link href={`/queues/${queueId}/messages?returned=yes`} className="text-accent underline break-name">
            {entityPath}
          </Link>
        </Fragment>
      ))}
      {returnedIn.length > 0 && "."}
    </>
  );
}

/** "paused by Olu", or the rule that stopped it, as a sentence. */
function pauseTitle(reason: string | null): string {
  return reason === null ? "Paused" : `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
}

/** Null: it has not ended. */
function endTitle(state: ReplayState): string | null {
  switch (state) {
    case "completed":
      return "Completed";
    case "cancelled":
      return "Cancelled";
    case "declined":
      return "Declined";
    case "expired":
      return "The plan expired";
    case "planned":
    case "awaiting-approval":
    case "approved":
    case "scheduled":
    case "running":
    case "paused":
      return null;
  }
}
