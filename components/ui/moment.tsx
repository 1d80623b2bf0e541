"use client";
import { useSyncExternalStore } from "react";
import { clockText, utcClockText } from "./time-text";

const nothing = () => () => undefined;

/** A time to come or of an appointment: "Sat 21 Nov, 14:00 (08:30 UTC)". The local one is the browser's, so the server writes UTC alone. */
export function Moment({ time }: { time: string }) {
  const inBrowser = useSyncExternalStore(
    nothing,
    () => true,
    () => false,
  );
  const ms = Date.parse(time);
  return (
    <time dateTime={time} className="whitespace-nowrap">
      {inBrowser ? `${clockText(ms)} (${utcClockText(ms)})` : utcClockText(ms)}
    </time>
  );
}
