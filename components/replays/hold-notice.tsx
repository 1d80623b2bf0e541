import { Banner } from "@/components/ui/banner";
import { Moment } from "@/components/ui/moment";
import { countText, rateText } from "@/components/ui/number-text";
import { Ago } from "@/components/ui/time";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { ConsumerNotice } from "./consumer-notice";

/** What keeps a running replay from sending, or slower than its rate, and until when. */
export function HoldNotice({ detail }: { detail: ReplayDetail }) {
  const { replay, canary, step } = detail;
  if (replay.state !== "running") return null;
  if (replay.hold?.kind === "stopped") {
    return (
      <Banner tone="warn" icon="stop" live title="A stop holds it">
        {replay.hold.by} stopped it <Ago time={replay.hold.at} focusable />: “{replay.hold.reason}”. It goes on where it
        stands when the stop is lifted.
      </Banner>
    );
  }
  if (replay.hold?.kind === "quiet-hours") {
    return (
      <Banner icon="moon" live title="Quiet hours: nothing is sent">
        It goes on by itself at <Moment time={replay.hold.until} />.
      </Banner>
    );
  }
  if (replay.hold?.kind === "consumer") return <ConsumerNotice replay={replay} />;
  if (canary !== null && canary.passedAt === null) return <CanaryNotice canary={canary} at={detail.at} />;
  if (step !== null) {
    return (
      <Banner
        icon="clock"
        title={`Step ${step.number} of ${step.of}: at most ${rateText(Math.min(step.rate, replay.rate))} a second`}
      >
        Until <Moment time={step.until} />, then{" "}
        {step.number === step.of ? `${rateText(replay.rate)} a second to the end` : "the next step"}.
      </Banner>
    );
  }
  if (replay.pace < replay.rate) {
    return <Banner icon="moon" title={`The policy of the queue allows ${rateText(replay.pace)} a second now`} />;
  }
  return null;
}

function CanaryNotice({ canary, at }: { canary: NonNullable<ReplayDetail["canary"]>; at: string }) {
  const back = canary.returned === 0 ? "None has come back so far." : `${canary.returned} came back dead so far.`;
  if (canary.left > 0 || canary.until === null) {
    return (
      <Banner icon="clock" live title={`Canary: ${canary.sent} of ${canary.sent + canary.left} sent`}>
        The others wait until these have been looked at.
      </Banner>
    );
  }
  if (!canary.seen) {
    return (
      <Banner
        tone="warn"
        icon="clock"
        live
        title={
          <>
            Canary: {canary.sent} sent, waiting until <Moment time={canary.until} />
          </>
        }
      >
        Whether they come back dead cannot be seen from here. Then it pauses: look at the consumer, and resume it to let
        the others follow.
      </Banner>
    );
  }
  if (canary.until <= at && !canary.read) {
    return (
      <Banner
        icon="clock"
        live
        title={`Canary: ${countText(canary.sent, "copy", "copies")} sent, their time to fail is over`}
      >
        {back} The dead-letter queue is read once more before the others follow.
      </Banner>
    );
  }
  if (canary.read) {
    return (
      <Banner
        icon="clock"
        live
        title={`Canary: ${countText(canary.sent, "copy", "copies")} sent, looking at what came back`}
      />
    );
  }
  return (
    <Banner
      icon="clock"
      live
      title={
        <>
          Canary: {canary.sent} sent, waiting until <Moment time={canary.until} /> to see whether they come back
        </>
      }
    >
      {back} After that the dead-letter queue is read once more, and the others follow if it is well.
    </Banner>
  );
}
