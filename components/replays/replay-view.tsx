"use client";
import { useQuery } from "@tanstack/react-query";
import { Live } from "@/components/ui/load-state";
import { countText, numberText } from "@/components/ui/number-text";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { Ago } from "@/components/ui/time";
import { replayQuery } from "@/lib/client/replays";
import type { ReplayDetail } from "@/lib/contracts/replays";
import { rampWords } from "@/lib/domain/ramp";
import type { ReplayState } from "@/lib/domain/replay-states";
import { AuditLink } from "../audit/audit-link";
import { StopButton } from "../stops/stop-button";
import { ApprovalPanel } from "./approval-panel";
import { ApprovedPanel } from "./approved-panel";
import { DiscardFacts } from "./discard-facts";
import { HoldNotice } from "./hold-notice";
import { ItemsTable } from "./items-table";
import { JudgePanel } from "./judge-panel";
import { titleText } from "./kind-words";
import { PlanChecks } from "./plan-checks";
import { PlanFacts } from "./plan-facts";
import { ProgressPanel } from "./progress-panel";
import { ReplayControls } from "./replay-controls";
import { ReplayNotices } from "./replay-notices";
import { RestoreButton } from "./restore-button";
import { ScheduledPanel } from "./scheduled-panel";
import { StartForm } from "./start-form";
import { StateBadge } from "./state-badge";
import { replayLook } from "./state-words";

/** While it is planned: what will happen? Afterwards: is it working? */
export function ReplayView({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(replayQuery(id));
  return (
    <Live what="the replay" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
      {(detail) => <ReplayBody detail={detail} />}
    </Live>
  );
}

/** Nothing has been sent, and everything of it can still be looked at as a plan. */
const BEFORE: readonly ReplayState[] = ["planned", "awaiting-approval", "approved", "scheduled"];

function ReplayBody({ detail }: { detail: ReplayDetail }) {
  const { replay } = detail;
  const planned = BEFORE.includes(replay.state);
  return (
    <>
      <PageHead
        trail={[
          { href: "/replays", label: "Replays" },
          { href: `/queues/${replay.queue.id}`, label: replay.queue.entityPath },
        ]}
        title={titleText(replay, planned)}
        facts={
          <>
            <StateBadge look={replayLook(replay.state)} />
            <span>
              planned by {replay.createdBy} <Ago time={replay.createdAt} focusable />
            </span>
            {replay.startedAt && (
              <span>
                started by {replay.startedBy ?? "somebody"} <Ago time={replay.startedAt} focusable />
              </span>
            )}
            {!planned && <span>limit {numberText(replay.rate)} a second</span>}
            <AuditLink of={{ replay: replay.id }} />
          </>
        }
        acts={
          <>
            <RestoreButton replay={replay} />
            {replay.state === "running" && <StopButton />}
          </>
        }
      />
      {!planned && <ReplayNotices detail={detail} />}
      <div className="mb-4 empty:hidden">
        <HoldNotice detail={detail} />
      </div>
      {planned ? <Plan detail={detail} /> : <Progress detail={detail} />}
      <ItemsTable replay={replay} />
    </>
  );
}

function Plan({ detail }: { detail: ReplayDetail }) {
  return (
    <div className="mb-4 grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(20rem,2fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        {detail.replay.kind === "discard" ? <DiscardFacts detail={detail} /> : <PlanFacts detail={detail} />}
        <PlanChecks preflight={detail.preflight} />
      </div>
      <div className="lg:sticky lg:top-16">
        <NextStep detail={detail} />
      </div>
    </div>
  );
}

function NextStep({ detail }: { detail: ReplayDetail }) {
  switch (detail.replay.state) {
    case "awaiting-approval":
      return <ApprovalPanel detail={detail} />;
    case "approved":
      return <ApprovedPanel detail={detail} />;
    case "scheduled":
      return <ScheduledPanel detail={detail} />;
    default:
      return <StartForm detail={detail} />;
  }
}

function Progress({ detail }: { detail: ReplayDetail }) {
  const { replay } = detail;
  return (
    <div className="mb-4 flex flex-col gap-4">
      <ReplayControls replay={replay} />
      <JudgePanel detail={detail} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(18rem,2fr)]">
        <ProgressPanel detail={detail} />
        <Panel title="Why and how">
          <dl className="flex flex-col gap-2 text-sm">
            <Fact name="Reason">{replay.reason ?? "not started"}</Fact>
            {replay.ticket && <Fact name="Ticket">{replay.ticket}</Fact>}
            {replay.approval.approvedBy && (
              <Fact name="Approved by">
                {replay.approval.approvedBy}
                {replay.approval.approvalReason && `: ${replay.approval.approvalReason}`}
              </Fact>
            )}
            {replay.approval.declinedBy && (
              <Fact name="Declined by">
                {replay.approval.declinedBy}: {replay.approval.declineReason}
              </Fact>
            )}
            {detail.ramp !== null && <Fact name="Ramp">{rampWords(detail.ramp, replay.rate)}</Fact>}
            {replay.kind === "discard" ? (
              <Fact name="Archive">
                {replay.restorable === 0
                  ? "All of it has been restored, or nothing was archived."
                  : `${countText(replay.restorable ?? 0, "message")} can be restored.`}
              </Fact>
            ) : (
              <>
                <Fact name="Message ids">
                  {detail.messageIdPolicy === "preserve" ? "kept" : "new for every copy"}.{" "}
                  {detail.preflight.messageIdWhy}
                </Fact>
                <Fact name="In doubt">{detail.doubtPolicy === "hold" ? "held for a person" : "sent again"}</Fact>
              </>
            )}
            {detail.preflight.edited > 0 && (
              <Fact name="Corrected">{countText(detail.preflight.edited, "message")}</Fact>
            )}
          </dl>
        </Panel>
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-faint">{name}</dt>
      <dd className="break-name whitespace-pre-line">{children}</dd>
    </div>
  );
}
