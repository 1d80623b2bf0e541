"use client";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { useNow } from "@/components/ui/as-of";
import { Banner } from "@/components/ui/banner";
import { Field, Select } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { Menu, MenuItem } from "@/components/ui/menu";
import { Panel } from "@/components/ui/panel";
import { Ago } from "@/components/ui/time";
import { changeCause } from "@/lib/client/causes";
import { useMay } from "@/lib/client/session";
import type { CauseNotes, ChangeCause } from "@/lib/contracts/causes";
import type { CauseSummary } from "@/lib/contracts/queues";
import { CAUSE_KINDS, type CauseKind } from "@/lib/domain/cause-kind";
import { SET_CAUSE_STATES, type SetCauseState } from "@/lib/domain/cause-states";
import { KIND_WORDS, STATE_LOOKS, snoozeText } from "./cause-words";
import { MergeDialog } from "./merge-dialog";
import { OwnerField } from "./owner-field";
import { RenameDialog } from "./rename-dialog";
import { RuleDialog } from "./rule-dialog";
import { SnoozeDialog } from "./snooze-dialog";
import { useCauseAct } from "./use-cause-act";

type Opened = "snooze" | "rename" | "merge" | "split" | null;

/** Where the work on a cause stands, to be changed in place: each choice is saved at once. */
export function WorkPanel({ cause, notes }: { cause: CauseSummary; notes: CauseNotes }) {
  const mayWrite = useMay("causes.write");
  const [opened, setOpened] = useState<Opened>(null);
  const { work } = cause;
  const change = useCauseAct(cause, (body: Omit<ChangeCause, "version">) =>
    changeCause(cause.id, { version: work.version, ...body }),
  );
  const save = (body: Omit<ChangeCause, "version">) => change.mutate(body);
  const setState = (state: SetCauseState) => (state === "snoozed" ? setOpened("snooze") : save({ state }));
  const off = !mayWrite || change.isPending;
  return (
    <Panel
      title="Work on this cause"
      aside={
        mayWrite && (
          <Menu
            label="More to do with this cause"
            trigger={
              <>
                More <Icon name="down" className="size-3" />
              </>
            }
          >
            <MenuItem icon="edit" onSelect={() => setOpened("rename")}>
              Give it a name…
            </MenuItem>
            <MenuItem icon="plus" onSelect={() => setOpened("merge")}>
              Merge it into another…
            </MenuItem>
            {work.ruleId === null && (
              <MenuItem icon="stop" onSelect={() => setOpened("split")}>
                Split off a part…
              </MenuItem>
            )}
          </Menu>
        )
      }
      className="lg:max-xl:col-span-2"
    >
      <div className="@container flex flex-col gap-3">
        <div className="grid gap-3 @xl:grid-cols-3">
          <Field label="State" hint={<StateHint work={work} />}>
            {(control) => (
              <Select
                {...control}
                disabled={off}
                value={work.state}
                onChange={(event) => setState(event.target.value as SetCauseState)}
              >
                {work.state === "regressed" && (
                  <option value="regressed" disabled>
                    {STATE_LOOKS.regressed.word}
                  </option>
                )}
                {SET_CAUSE_STATES.map((state) => (
                  <option key={state} value={state}>
                    {STATE_LOOKS[state].word}
                    {state === "snoozed" && "…"}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <OwnerField
            label="Owner"
            owner={work.owner}
            people={notes.people}
            nobody={work.reasonOwner === null ? "nobody" : "nobody of its own"}
            take="Take it"
            hint={work.owner === null && work.reasonOwner !== null && `Owner of this reason: ${work.reasonOwner.name}`}
            busy={change.isPending}
            onChoose={(ownerId) => save({ ownerId })}
          />
          <Field
            label="Kind"
            hint={`${work.kindSource === "guessed" ? "Guessed. " : ""}${KIND_WORDS[work.kind].helps}`}
          >
            {(control) => (
              <Select
                {...control}
                disabled={off}
                value={work.kind}
                onChange={(event) => save({ kind: event.target.value as CauseKind })}
              >
                {CAUSE_KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {KIND_WORDS[kind].word}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        {change.error && <ActFailure title="Nothing was saved" error={change.error} />}
        {notes.regrouping.length > 0 && (
          <Banner tone="accent" title="Messages are being put to their causes again">
            Counts move until it is done, because {notes.regrouping.join(" and ")}.
          </Banner>
        )}
      </div>
      <SnoozeDialog
        open={opened === "snooze"}
        count={cause.count}
        onClose={() => setOpened(null)}
        onSnooze={(end) => save({ state: "snoozed", ...end })}
      />
      <RenameDialog
        key={work.title}
        open={opened === "rename"}
        title={work.title}
        onClose={() => setOpened(null)}
        onRename={(title) => save({ title })}
      />
      <MergeDialog open={opened === "merge"} cause={cause} onClose={() => setOpened(null)} />
      <RuleDialog open={opened === "split"} queue={cause.queueId} splits={cause} onClose={() => setOpened(null)} />
    </Panel>
  );
}

function StateHint({ work }: { work: CauseSummary["work"] }) {
  const now = useNow();
  if (work.state === "snoozed") return `Ends ${snoozeText(work, now)}.`;
  if (work.stateAt === null) return "Nobody has said anything yet.";
  return (
    <>
      Said <Ago time={work.stateAt} />
    </>
  );
}
