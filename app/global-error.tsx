"use client";

import { Button } from "@/components/ui/button";
import "./globals.css";

/** The last page: shown when even the frame could not be made. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  return (
    <html lang="en">
      <body>
        <main className="mx-auto max-w-prose px-4 py-16">
          <h1 className="mb-2 text-xl font-semibold">The console could not be shown</h1>
          <p className="mb-6 text-soft">
            Its web server or its database did not answer as it should. Nothing was sent or changed; replays that run go
            on by themselves.{error.digest && ` The log of the web server says more, under ${error.digest}.`}
          </p>
          <Button tone="primary" onClick={() => window.location.reload()}>
            Try again
          </Button>
        </main>
      </body>
    </html>
  );
}
