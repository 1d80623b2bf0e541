"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { rateText } from "@/components/ui/number-text";
import { changeReplayRate, replayQuery } from "@/lib/client/replays";
import type { ReplaySummary } from "@/lib/contracts/replays";

/** Another limit for a replay that runs or is paused, up to what was planned and approved. */
export function RateChange({ replay }: { replay: ReplaySummary }) {
  const client = useQueryClient();
  const [text, setText] = useState<string | null>(null);
  const change = useMutation({
    mutationFn: (rate: number) => changeReplayRate(replay.id, rate),
    onSuccess: () => setText(null),
    onSettled: () => client.invalidateQueries({ queryKey: replayQuery(replay.id).queryKey }),
  });
  const rate = Number(text);
  const wrong = text !== null && !(rate > 0 && rate <= replay.rateCeiling);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (text !== null && !wrong) change.mutate(rate);
  };
  if (text === null) {
    return (
      <Button tone="quiet" onClick={() => setText(String(replay.rate))}>
        Change the limit of {rateText(replay.rate)}/s…
      </Button>
    );
  }
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-2">
      <Field
        label="Messages a second, at most"
        hideLabel
        error={wrong ? `A number up to ${rateText(replay.rateCeiling)}.` : change.error?.message}
      >
        {(control) => (
          <Input
            {...control}
            inputMode="decimal"
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="max-w-24"
          />
        )}
      </Field>
      <Button type="submit" disabled={wrong} busy={change.isPending && "Changing…"}>
        Limit to {wrong ? "…" : rateText(rate)} a second
      </Button>
      <Button tone="quiet" onClick={() => setText(null)}>
        Keep {rateText(replay.rate)}
      </Button>
    </form>
  );
}
