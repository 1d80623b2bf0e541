"use client";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { contentFetchQuery } from "@/lib/client/dead-letters";

/** Follows a worker that fetches a message larger than what is kept; `onFetched` reads the payload again. */
export function FetchNotice({ id, onFetched, busy }: { id: string; onFetched: () => void; busy: boolean }) {
  const { data } = useQuery(contentFetchQuery(id));
  const fetched = data?.state === "fetched";
  const tell = useEffectEvent(onFetched);
  useEffect(() => {
    if (fetched) tell();
  }, [fetched]);
  if (data?.state === "failed") {
    return (
      <Banner
        tone="warn"
        live
        title="The message could not be fetched from the broker"
        action={
          <Button onClick={onFetched} busy={busy && "Asking…"}>
            Try again
          </Button>
        }
      >
        {data.error}
      </Banner>
    );
  }
  return (
    <Banner tone="accent" live title="A worker is fetching this message from the broker">
      It is larger than what the console keeps. The payload appears here as soon as it has come; nothing changes at the
      broker.
    </Banner>
  );
}
