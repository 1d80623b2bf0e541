"use client";
import { notifyManager, type Query, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { useDrift } from "@/components/ui/as-of";
import { cx } from "@/components/ui/cx";
import { spanText } from "@/components/ui/time-text";

const STALE_MS = 15_000;

/** The database's time of the oldest figures that this page shows, and how long ago they were read. */
export function DataAge() {
  const client = useQueryClient();
  const subscribe = useCallback(
    (changed: () => void) => client.getQueryCache().subscribe(notifyManager.batchCalls(changed)),
    [client],
  );
  const read = () => oldestTime(client.getQueryCache().getAll());
  const at = useSyncExternalStore(subscribe, read, () => null);
  const drift = useDrift(at ?? "", 1_000);
  if (at === null) return null;
  const stale = drift > STALE_MS;
  return (
    <span className={cx("text-sm whitespace-nowrap", stale ? "font-medium text-warn" : "text-faint")}>
      <span className="max-lg:hidden">{stale ? "figures are " : "figures of "}</span>
      <time dateTime={at}>{stale ? `${spanText(drift / 1000)} old` : `${at.slice(11, 19)} UTC`}</time>
    </span>
  );
}

function oldestTime(queries: readonly Query[]): string | null {
  const times = queries.filter((query) => query.isActive()).flatMap((query) => timeOf(query.state.data) ?? []);
  return times.sort()[0] ?? null;
}

function timeOf(data: unknown): string | null {
  if (typeof data !== "object" || data === null) return null;
  if ("at" in data && typeof data.at === "string") return data.at;
  return "pages" in data && Array.isArray(data.pages) ? timeOf(data.pages[0]) : null;
}
