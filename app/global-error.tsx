"use client";

import { useEffect } from "react";
import { Button } from "@/components/ui/button";
import "./globals.css";

const RETRY_MS = 10_000;

/** The last page: shown when even the frame could not be made. It is loaded again by itself once the console is ready. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  useEffect(() => {
    const timer = setInterval(async () => {
      // Loaded while the server is away the browser would show a page of its own, which never comes back.
      const isReady = await fetch("/api/ready", { cache: "no-store" }).then(
        (response) => response.ok,
        () => false,
      );
      if (isReady) window.location.reload();
    }, RETRY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <html lang="en">
      <body>
        <main className="mx-auto max-w-prose px-4 py-16">
          <h1 className="mb-2 text-xl font-semibold">The console could not be shown</h1>
          <p className="mb-6 text-soft">
            Its web server or its database did not answer as it should. Nothing was sent or changed; replays that run go
            on by themselves. It comes back by itself.
            {error.digest && ` The log of the web server says more, under ${error.digest}.`}
          </p>
          <Button tone="primary" onClick={() => window.location.reload()}>
            Try again
          </Button>
        </main>
      </body>
    </html>
  );
}
