"use client";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { endCauseRule, unmergeCause } from "@/lib/client/causes";
import { useMay } from "@/lib/client/session";
import type { CauseNotes } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import { reasonText } from "../queues/queue-words";
import { ruleText } from "./rule-text";
import { useCauseAct } from "./use-cause-act";

/** Why messages are under this cause that its fingerprint alone would not put there. */
export function MergedCauses({ cause, notes }: { cause: CauseSummary; notes: CauseNotes }) {
  const mayWrite = useMay("causes.write");
  const apart = useCauseAct(cause, (id: string) => unmergeCause(id));
  const end = useCauseAct(cause, (id: number) => endCauseRule(id));
  const { merged, rule } = notes;
  if (merged.length === 0 && rule === null) return null;
  const error = apart.error ?? end.error;
  return (
    <Panel title="What is under this cause" className="mb-4">
      {error && <ActFailure title="Nothing was changed" error={error} />}
      {rule && (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="min-w-0 break-name">
            Messages by a rule of {rule.createdBy}: {ruleText(rule)}.
          </p>
          {mayWrite && (
            <Button small busy={end.isPending && "Ending it…"} onClick={() => end.mutate(rule.id)}>
              End the rule
            </Button>
          )}
        </div>
      )}
      {rule === null && (
        <ul className="flex flex-col divide-y divide-line">
          {merged.map((part) => (
            <li key={part.id} className="flex flex-wrap items-center justify-between gap-3 py-2">
              <span className="min-w-0 break-name">
                <span className="font-medium">{reasonText(part.reason)}</span>{" "}
                <span className="font-mono text-sm text-soft">{part.signature}</span>
              </span>
              {mayWrite && (
                <Button small busy={apart.isPending && "Taking it apart…"} onClick={() => apart.mutate(part.id)}>
                  Take it apart
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
