import { Banner } from "@/components/ui/banner";
import { Moment } from "@/components/ui/moment";
import { countText } from "@/components/ui/number-text";
import type { ReplayDetail } from "@/lib/contracts/replays";

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
  const what = `${countText(preflight.willSend, "message")} to ${preflight.target}`;
  return replay.startsAt !== null && replay.startsAt > at ? `Schedule the replay of ${what}` : `Replay ${what}`;
}
