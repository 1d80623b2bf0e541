"use client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";

const NowContext = createContext(0);
const TICK_MS = 5_000;

/**
 * Gives everything below it the time to count ages from: `at` (the database's clock) plus the time since this
 * browser was handed it. So ages go on growing while no fresh figures arrive, and the browser's clock never matters.
 */
export function AsOf({ at, children }: { at: string; children: ReactNode }) {
  const drift = useDrift(at);
  return <NowContext value={Date.parse(at) + drift}>{children}</NowContext>;
}

/** Milliseconds since epoch, by the nearest AsOf. */
export function useNow(): number {
  return useContext(NowContext);
}

/** Milliseconds since `key` last changed, counted in steps; 0 on the server and at first paint. */
export function useDrift(key: string | number, everyMs = TICK_MS): number {
  const [drift, setDrift] = useState({ key, ms: 0 });
  useEffect(() => {
    const from = performance.now();
    const timer = setInterval(() => setDrift({ key, ms: performance.now() - from }), everyMs);
    return () => clearInterval(timer);
  }, [key, everyMs]);
  return drift.key === key ? drift.ms : 0;
}
