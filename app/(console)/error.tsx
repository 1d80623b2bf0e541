"use client";
import { MessagePage } from "@/components/shell/message-page";
import { Button } from "@/components/ui/button";

/** A page that could not be made; the reason is in the web server's log, under the number shown. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <MessagePage
      title="This page could not be read"
      acts={
        <Button tone="primary" onClick={reset}>
          Try again
        </Button>
      }
    >
      <p>
        The console's web server or its database did not answer as it should. Nothing was sent or changed by opening
        this page; replays that run go on by themselves.
      </p>
      {error.digest && <p className="mt-2">The log of the web server says more, under {error.digest}.</p>}
    </MessagePage>
  );
}
