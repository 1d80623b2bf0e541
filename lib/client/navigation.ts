"use client";
import { useSyncExternalStore } from "react";

/** What has not come by then does not come: some navigations end without another page, ms. */
export const LONGEST_WAIT_MS = 120_000;

interface Coming {
  readonly address: string;
  /** On the page's monotonic clock, ms. */
  readonly askedAt: number;
}

/** The page that was asked for and has not come yet; null: none is waited for. */
let coming: Coming | null = null;
/** The address of the page that is shown. */
let shown = "";
const listeners = new Set<() => void>();

function setComing(next: Coming | null): void {
  coming = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * A page is asked for. `url`: absolute, or from the root. Another takes its place; asked for once more it is waited for since the first time;
 * the one that is shown is there already.
 */
export function pageAskedFor(url: string): void {
  const { pathname, searchParams } = new URL(url, location.href);
  const address = addressOf(pathname, searchParams.toString());
  const now = performance.now();
  if (address === shown) setComing(null);
  else if (coming?.address !== address || now - coming.askedAt > LONGEST_WAIT_MS) setComing({ address, askedAt: now });
}

/** The page of this address is shown. */
export function pageShown(path: string, search: string): void {
  shown = addressOf(path, search);
  if (coming !== null) setComing(null);
}

/** When the page was asked for that has not come yet, on the page's monotonic clock, ms; null: none is waited for. */
export function useComingPage(): number | null {
  return useSyncExternalStore(
    subscribe,
    () => coming?.askedAt ?? null,
    () => null,
  );
}

const addressOf = (path: string, search: string): string => (search === "" ? path : `${path}?${search}`);
