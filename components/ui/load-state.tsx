"use client";
import type { ReactNode } from "react";
import { AsOf } from "./as-of";
import { Banner } from "./banner";
import { Button } from "./button";
import { Skeleton } from "./skeleton";
import { Ago } from "./time";

interface LiveProps<T> {
  /** What is read: "the queues". */
  what: string;
  /** The last figures that came; they stay when a later request fails. */
  data: T | undefined;
  /** The time that ages of this page count from. */
  at: string | undefined;
  error: Error | null;
  onRetry: () => void;
  children: (data: T) => ReactNode;
}

/** The three ways a live page can stand: first load, figures, figures that have aged because the last request failed. */
export function Live<T>({ what, data, at, error, onRetry, children }: LiveProps<T>) {
  if (data === undefined || at === undefined) {
    if (!error) return <Skeleton label={`Reading ${what}…`} />;
    return (
      <Banner tone="warn" live title={`Could not read ${what}`} action={<Button onClick={onRetry}>Try again</Button>}>
        {error.message}
      </Banner>
    );
  }
  return (
    <AsOf at={at}>
      {error && (
        <div className="mb-4">
          <Banner
            tone="warn"
            live
            title={`Could not read ${what} again; it is asked again by itself`}
            action={<Button onClick={onRetry}>Try now</Button>}
          >
            {error.message} What you see is from <Ago time={at} focusable />.
          </Banner>
        </div>
      )}
      {children(data)}
    </AsOf>
  );
}
