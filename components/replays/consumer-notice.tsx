"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ReasonDialog } from "@/components/stops/reason-dialog";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { goOnRegardless, replayQuery } from "@/lib/client/replays";
import { useMay } from "@/lib/client/session";
import type { ReplaySummary } from "@/lib/contracts/replays";

/** A replay that has yet to begin, or to go on, since its consumer is not well; whoever knows better may let it. */
export function ConsumerNotice({ replay }: { replay: ReplaySummary }) {
  const client = useQueryClient();
  const mayControl = useMay("replays.control");
  const [deciding, setDeciding] = useState(false);
  if (replay.notice === null) {
    return <Banner icon="clock" live title="Its consumer is asked first whether it is well" />;
  }
  return (
    <Banner tone="warn" icon="clock" live title="It waits for its consumer: nothing is sent">
      <div className="flex flex-col items-start gap-2">
        <p>
          {sentence(replay.notice)} It is asked again every two seconds, and the replay goes on by itself once it is
          well.
        </p>
        {mayControl && (
          <Button small onClick={() => setDeciding(true)}>
            Go on all the same…
          </Button>
        )}
      </div>
      {deciding && (
        <ReasonDialog
          title="Send although the consumer is not well?"
          description="Its health address is not asked again until this replay is paused and resumed. Copies that come back dead still stop it."
          back="Keep waiting"
          act={{ words: "Go on", busy: "Going on…", tone: "danger" }}
          failed="It still waits"
          reason={{
            hint: "Kept in the audit. For instance: the health address itself is broken, orders are being taken",
            ask: "Say in a few words why it may go on.",
          }}
          onAct={async (reason) => {
            await goOnRegardless(replay.id, reason);
            await client.invalidateQueries({ queryKey: replayQuery(replay.id).queryKey });
          }}
          onClose={() => setDeciding(false)}
        />
      )}
    </Banner>
  );
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
