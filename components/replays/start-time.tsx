import { Banner } from "@/components/ui/banner";
import { Moment } from "@/components/ui/moment";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { actText, KIND_NOUNS, whatText } from "./kind-words";

/** The time of a scheduled start, if that is still to come. */
export function StartTime({ detail }: { detail: ReplayDetail }) {
  const { replay } = detail;
  if (replay.startsAt === null) return null;
  if (replay.startsAt <= detail.at) {
    return <Banner icon="clock" title="Its start time is over: it begins at once" />;
  }
  return (
    <Banner
      icon="clock"
      title={
        <>
          It begins on <Moment time={replay.startsAt} />
        </>
      }
    />
  );
}

/** What the button of a start says: "Replay 214 messages to orders", or that it is for later. */
export function startWords({ at, replay, preflight }: ReplayDetail): string {
  return replay.startsAt !== null && replay.startsAt > at
    ? `Schedule the ${KIND_NOUNS[replay.kind]} of ${whatText(replay, preflight.willSend)}`
    : actText(replay, preflight.willSend);
}
