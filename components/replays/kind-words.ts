import { countText } from "@/components/ui/number-text";
import type { ReplaySummary } from "@/lib/contracts/replays";

type Of = Pick<ReplaySummary, "kind" | "targetPath">;

/** The noun: "a discard of 214 messages". */
export const KIND_NOUNS: Readonly<Record<ReplaySummary["kind"], string>> = {
  replay: "replay",
  discard: "discard",
  restore: "restore",
};

/** What is done, to be read after "why these messages are". */
export const KIND_DONE: Readonly<Record<ReplaySummary["kind"], string>> = {
  replay: "replayed",
  discard: "discarded",
  restore: "restored",
};

/** Count and place: "214 messages to orders", "214 messages of orders" for what is discarded. */
export function whatText({ kind, targetPath }: Of, count: number): string {
  return `${countText(count, "message")} ${kind === "discard" ? "of" : "to"} ${targetPath}`;
}

/** The act with count and place, as on a button: "Discard 214 messages of orders". */
export function actText(replay: Of, count: number): string {
  const verb = { replay: "Replay", discard: "Discard", restore: "Restore" }[replay.kind];
  return `${verb} ${whatText(replay, count)}`;
}

/** Title of the page. */
export function titleText(replay: Of & Pick<ReplaySummary, "total">, planned: boolean): string {
  const what = whatText(replay, replay.total);
  switch (replay.kind) {
    case "replay":
      return planned ? `Plan: ${what}` : `Replay of ${what}`;
    case "discard":
      return planned ? `Plan: discard ${what}` : `Discard of ${what}`;
    case "restore":
      return planned ? `Plan: restore ${what}` : `Restore of ${what}`;
  }
}
