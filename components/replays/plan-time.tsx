import { Moment } from "@/components/ui/moment";
import { countText } from "@/components/ui/number-text";
import { spanText } from "@/components/ui/time-text";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { SESSION_TURN_SECONDS } from "@/lib/domain/sending-time";

/** "about 40 s"; where messages wait for one another, no answer of the broker's having been timed yet, "at least 40 s". */
export function sendingWords({ preflight, forecast }: ReplayDetail): string {
  const least = turnSeconds(preflight) === null ? "about" : "at least";
  const apart = forecast !== null && forecast.quiet !== "none" ? ", quiet hours not counted" : "";
  return `${least} ${spanText(Math.max(1, preflight.expectedSeconds))}${apart}`;
}

/** When it begins and ends, where that is told by more than the seconds that it takes. */
export function BeginAndEnd({ detail: { replay, forecast } }: { detail: ReplayDetail }) {
  return (
    <>
      {replay.startsAt !== null && (
        <li>
          It begins on <Moment time={replay.startsAt} />
          {replay.startedAt === null && replay.state !== "scheduled" && ", if it is started before"}.
        </li>
      )}
      {forecast !== null && isTold(forecast, replay.startsAt) && (
        <li>
          {QUIET_WORDS[forecast.quiet]}
          {replay.startsAt === null || Date.parse(replay.startsAt) < Date.parse(forecast.beginsAt)
            ? "Started now"
            : "Begun then"}
          , {forecast.endsAt === null ? "it does not end within 31 days" : <Ends at={forecast.endsAt} />}.
        </li>
      )}
    </>
  );
}

type Forecast = NonNullable<ReplayDetail["forecast"]>;

const QUIET_WORDS: Readonly<Record<Forecast["quiet"], string>> = {
  none: "",
  slower: "In quiet hours it goes slower. ",
  stopped: "In quiet hours it stands still. ",
};

function isTold({ quiet, endsAt }: Forecast, startsAt: string | null): boolean {
  return quiet !== "none" || endsAt === null || startsAt !== null;
}

function Ends({ at }: { at: string }) {
  return (
    <>
      it ends at about{" "}
      <strong>
        <Moment time={at} />
      </strong>
    </>
  );
}

/** What the order of sessions does to the time. */
export function SessionFacts({ detail: { preflight, ordered } }: { detail: ReplayDetail }) {
  const { sessions, longestSession } = preflight;
  const turns = turnSeconds(preflight);
  if (!ordered || sessions === 0) return null;
  return (
    <li>
      They belong to {countText(sessions, "session")}: within each they go one after the other, each after the broker's
      answer to the one before.
      {longestSession !== null && turns !== null && (
        <>
          {" "}
          {sessions === 1 ? "It" : "The longest"} has {countText(longestSession, "message")}: at an assumed{" "}
          {SESSION_TURN_SECONDS * 1000} ms for each, at least {spanText(turns)}.
        </>
      )}
    </li>
  );
}

/** Seconds that the messages of the longest session take one after another; null: less than one, or their order does not count. */
function turnSeconds({ longestSession }: ReplayDetail["preflight"]): number | null {
  const seconds = (longestSession ?? 0) * SESSION_TURN_SECONDS;
  return seconds < 1 ? null : seconds;
}
