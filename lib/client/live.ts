import { ApiError } from "./http";

/** Retrying what the server has judged changes nothing; only a lost line and overload are asked again, and a long silence is told first. */
function worthRetrying(failures: number, error: Error): boolean {
  if (failures >= 2 || !(error instanceof ApiError) || error.code === "silent") return false;
  return error.status === 0 || error.status >= 500;
}

/** Figures that change by themselves: asked every three seconds while the page is visible; the last ones stay on failure. */
export const LIVE = { staleTime: 2_000, refetchInterval: 3_000, retry: worthRetrying } as const;

/** A running replay is watched more closely. */
export const CLOSE = { staleTime: 1_000, refetchInterval: 1_500, retry: worthRetrying } as const;

/** Lists that are read rather than watched. */
export const SLOW = { staleTime: 4_000, refetchInterval: 5_000, retry: worthRetrying } as const;

/** Every look is recorded: read once, never by itself again. */
export const ONCE = {
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  retry: false,
} as const;
