"use client";
import { Panel } from "@/components/ui/panel";
import type { CauseNotes } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import { Comments } from "./comments";
import { Runbooks } from "./runbooks";

/** What is known about a cause: what to do, and what people have said. */
export function NotesPanel({ cause, notes }: { cause: CauseSummary; notes: CauseNotes }) {
  return (
    <>
      <Panel title="Runbook and reason">
        <Runbooks cause={cause} notes={notes} />
      </Panel>
      <Panel title="Comments">
        <Comments cause={cause} notes={notes} />
      </Panel>
    </>
  );
}
