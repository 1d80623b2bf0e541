"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Ago } from "@/components/ui/time";
import { causeRulesQuery, endCauseRule } from "@/lib/client/causes";
import { useMay } from "@/lib/client/session";
import { RuleDialog } from "./rule-dialog";
import { ruleText } from "./rule-text";
import { useCauseAct } from "./use-cause-act";

/** The rules of a queue behind one button: to look at, to make, to end. */
export function RulesButton({ queue }: { queue: number }) {
  const mayRead = useMay("payloads.read");
  const mayWrite = useMay("causes.write");
  const [opened, setOpened] = useState<"list" | "new" | null>(null);
  if (!mayRead) return null;
  return (
    <>
      <Button small onClick={() => setOpened("list")}>
        Rules…
      </Button>
      <Dialog
        open={opened === "list"}
        onClose={() => setOpened(null)}
        wide
        title="Rules for causes"
        description="Messages that a rule matches are a cause of their own, whatever their text says. Asked in this order; those that split a cause come first."
        footer={
          mayWrite && (
            <Button tone="primary" onClick={() => setOpened("new")}>
              Make a rule…
            </Button>
          )
        }
      >
        <RuleList queue={queue} mayEnd={mayWrite} />
      </Dialog>
      {opened === "new" && <RuleDialog open queue={queue} onClose={() => setOpened("list")} />}
    </>
  );
}

function RuleList({ queue, mayEnd }: { queue: number; mayEnd: boolean }) {
  const { data, error } = useQuery(causeRulesQuery(queue));
  const end = useCauseAct({ id: "", queueId: queue }, (id: number) => endCauseRule(id));
  if (end.error) return <ActFailure title="The rule goes on" error={end.error} />;
  if (error)
    return (
      <Banner tone="bad" live title="The rules could not be read">
        {error.message}
      </Banner>
    );
  if (!data) return <p className="text-soft">Reading the rules…</p>;
  return (
    <div className="flex flex-col gap-3">
      {data.regrouping.length > 0 && (
        <Banner tone="accent" title="Messages are being put to their causes again">
          Counts move until it is done, because {data.regrouping.join(" and ")}.
        </Banner>
      )}
      {data.rules.length === 0 ? (
        <p className="text-soft">There is no rule: causes are found by reason and text alone.</p>
      ) : (
        <ol className="flex flex-col divide-y divide-line">
          {data.rules.map((rule) => (
            <li key={rule.id} className="flex flex-wrap items-center justify-between gap-3 py-2">
              <div className="min-w-0">
                <p className="font-medium break-name">{rule.title}</p>
                <p className="text-sm text-soft break-name">
                  {ruleText(rule)}
                  {rule.splits && ", in one cause"}
                  {rule.queueId === null && ", in every queue"}. {rule.createdBy},{" "}
                  <Ago time={rule.createdAt} focusable />
                </p>
              </div>
              {mayEnd && (
                <Button small busy={end.isPending && "Ending it…"} onClick={() => end.mutate(rule.id)}>
                  End it
                </Button>
              )}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
