import { countText, numberText } from "@/components/ui/number-text";
import type { ReplaySummary } from "@/lib/contracts/replays";
import { sentCount, UNSENT, waitingCount } from "./replay-figures";
import { itemLook } from "./state-words";

/** What was sent and what was not, in sentences; for a replay that has ended or stands still. */
export function whatBecame(replay: ReplaySummary): string[] {
  const sent = sentCount(replay.items);
  if (replay.kind === "discard") return whatBecameOfDiscard(replay, sent);
  const sentences = [
    sent === 0
      ? "Nothing was sent."
      : `${countText(sent, "copy", "copies")} of ${numberText(replay.total)} ${sent === 1 ? "was" : "were"} sent to ${replay.targetPath}.`,
  ];
  const removing = replay.items.sent ?? 0;
  if (removing > 0)
    sentences.push(
      `${countText(removing, "original")} ${removing === 1 ? "is" : "are"} still to be removed from the dead-letter queue; that goes on.`,
    );
  const uncertain = replay.items.uncertain ?? 0;
  if (uncertain > 0)
    sentences.push(
      `Of ${countText(uncertain, "message")} it is not known whether the copy arrived; ${uncertain === 1 ? "it is" : "they are"} not sent again.`,
    );
  const unsent = UNSENT.filter((state) => (replay.items[state] ?? 0) > 0);
  if (unsent.length > 0) {
    const parts = unsent.map((state) => `${numberText(replay.items[state] ?? 0)} ${itemLook(state).word}`);
    sentences.push(`Not sent: ${parts.join(", ")}.`);
  }
  const waiting = waitingCount(replay.items);
  if (waiting > 0) sentences.push(`${countText(waiting, "message")} ${waiting === 1 ? "waits" : "wait"} to be sent.`);
  return sentences;
}

function whatBecameOfDiscard(replay: ReplaySummary, archived: number): string[] {
  const left = UNSENT.filter((state) => (replay.items[state] ?? 0) > 0);
  const waiting = waitingCount(replay.items);
  return [
    archived === 0
      ? "Nothing was archived and nothing removed."
      : `${countText(archived, "message")} of ${numberText(replay.total)} ${archived === 1 ? "was" : "were"} archived and taken out of the dead-letter queue.`,
    ...(left.length === 0
      ? []
      : [
          `Not discarded: ${left.map((state) => `${numberText(replay.items[state] ?? 0)} ${itemLook(state).word}`).join(", ")}.`,
        ]),
    ...(waiting === 0 ? [] : [`${countText(waiting, "message")} ${waiting === 1 ? "waits" : "wait"}.`]),
  ];
}

/** What is known of the copies after they were sent; absence from a dead-letter queue is not called success. */
export function outcomeSentence(replay: ReplaySummary): string {
  const { returned = 0, confirmed = 0, unknown = 0 } = replay.outcomes;
  const both = replay.cameBack - returned;
  const parts = [
    returned > 0 ? `${numberText(returned)} came back dead` : null,
    confirmed > 0
      ? `${numberText(confirmed)} confirmed by the consumer${both > 0 ? ` (${numberText(both)} of them came back dead all the same)` : ""}`
      : null,
    unknown > 0 ? `${numberText(unknown)} not seen again in a dead-letter queue so far` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "No copy has been sent yet." : `Of the copies: ${parts.join(", ")}.`;
}
