"use client";
import { useSyncExternalStore } from "react";

/** When the page was asked for that has not come yet, ms since 1970; null: none is waited for. */
let askedAt: number | null = null;
/** The address of the page that is shown. */
let shown = "";
const listeners = new Set<() => void>();

function setAskedAt(at: number | null): void {
  askedAt = at;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A page is asked for. `url`: absolute, or from the root. A later one takes its place; the one that is shown is there already. */
export function pageAskedFor(url: string): void {
  const { pathname, searchParams } = new URL(url, location.href);
  setAskedAt(addressOf(pathname, searchParams.toString()) === shown ? null : Date.now());
}

/** The page of this address is shown. */
export function pageShown(path: string, search: string): void {
  shown = addressOf(path, search);
  if (askedAt !== null) setAskedAt(null);
}

/** When the page was asked for that has not come yet, ms since 1970; null: none is waited for. */
export function useComingPage(): number | null {
  return useSyncExternalStore(
    subscribe,
    () => askedAt,
    () => null,
  );
}

const addressOf = (path: string, search: string): string => (search === "" ? path : `${path}?${search}`);
