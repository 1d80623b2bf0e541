"use client";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useTransition } from "react";
import { MessagePage } from "@/components/shell/message-page";
import { Button } from "@/components/ui/button";

const RETRY_MS = 10_000;

/** A page that could not be made, which is asked for again by itself; the reason is in the web server's log, under the number shown. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const router = useRouter();
  const [trying, startTrying] = useTransition();
  // The server made the failure: without asking it anew the page would be drawn from the same answer.
  const tryAgain = useCallback(
    () =>
      startTrying(() => {
        router.refresh();
        reset();
      }),
    [router, reset],
  );
  useEffect(() => {
    if (trying) return;
    const timer = setTimeout(tryAgain, RETRY_MS);
    return () => clearTimeout(timer);
  }, [trying, tryAgain]);
  return (
    <MessagePage
      title="This page could not be read"
      acts={
        <Button tone="primary" onClick={tryAgain} busy={trying && "Reading…"}>
          Try again
        </Button>
      }
    >
      <p>
        The console's web server or its database did not answer as it should. Nothing was sent or changed by opening
        this page; replays that run go on by themselves. The page is asked for again every ten seconds.
      </p>
      {error.digest && <p className="mt-2">The log of the web server says more, under {error.digest}.</p>}
    </MessagePage>
  );
}
