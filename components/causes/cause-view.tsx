"use client";
import { useQuery } from "@tanstack/react-query";
import { Badge } from "@/components/ui/badge";
import { Figure } from "@/components/ui/figure";
import { Live } from "@/components/ui/load-state";
import { Num } from "@/components/ui/num";
import { numberText } from "@/components/ui/number-text";
import { PageHead } from "@/components/ui/page-head";
import { Sparkline } from "@/components/ui/sparkline";
import { Ago } from "@/components/ui/time";
import { causeQuery } from "@/lib/client/queues";
import type { CauseDetail } from "@/lib/contracts/queues";
import { MessageList } from "../messages/message-list";
import { ArrivalsPanel } from "../queues/arrivals-panel";
import { PictureAge } from "../queues/picture-age";
import { QueueAge } from "../queues/queue-age";
import { reasonText } from "../queues/queue-words";
import { DiscardButton } from "../replays/discard-button";
import { ReplayButton } from "../replays/replay-button";
import { CauseBadges } from "./cause-badges";
import { causeTitle } from "./cause-words";
import { MergedCauses } from "./merged-causes";
import { NotesPanel } from "./notes-panel";
import { WorkPanel } from "./work-panel";

/** What have they in common? One cause and its messages. */
export function CauseView({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(causeQuery(id));
  return (
    <Live what="the cause" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
      {(detail) => <CauseBody detail={detail} />}
    </Live>
  );
}

function CauseBody({ detail: { cause, queue, notes, timeline } }: { detail: CauseDetail }) {
  return (
    <>
      <PageHead
        trail={[
          { href: "/", label: "Queues" },
          { href: `/queues/${queue.id}`, label: queue.entityPath },
        ]}
        title={causeTitle(cause)}
        facts={
          <>
            {cause.work.title !== null && <span>{reasonText(cause.reason)}</span>}
            <span className="font-mono break-name">{cause.signature || "no description"}</span>
            <CauseBadges work={cause.work} returned={0} />
            <PictureAge queue={queue} inline />
          </>
        }
        acts={
          <>
            <DiscardButton
              scope={{ kind: "filter", filter: { queue: queue.id, cause: cause.id } }}
              total={cause.count}
            />
            <ReplayButton
              scope={{ kind: "filter", filter: { queue: queue.id, cause: cause.id } }}
              total={cause.count}
              target={queue.originPath}
            />
          </>
        }
      />
      <dl className="mb-4 grid grid-cols-2 gap-x-8 gap-y-2 sm:flex sm:flex-wrap sm:gap-x-12">
        <Figure label="Oldest">
          <QueueAge
            queue={{ oldestEnqueuedAt: cause.oldestEnqueuedAt, oldestRootEnqueuedAt: null, oldestReadAt: "" }}
          />
        </Figure>
        <Figure label="Messages">
          <Num value={cause.count} />
        </Figure>
        <Figure label="Enqueued, last 48 h">
          <Sparkline
            values={cause.trend}
            className="h-8 w-40"
            label={`${numberText(cause.trend.reduce((sum, count) => sum + count, 0))} enqueued in the last 48 hours, by hour`}
          />
        </Figure>
        <Figure label="First seen">
          <Ago time={cause.firstSeenAt} focusable className="text-base font-medium" />
        </Figure>
        <Figure label="Last seen">
          <Ago time={cause.lastSeenAt} focusable className="text-base font-medium" />
        </Figure>
        {cause.returned > 0 && (
          <Figure label="Came back from a replay">
            <Badge tone="warn" icon="returned">
              {numberText(cause.returned)}
            </Badge>
          </Figure>
        )}
      </dl>
      {cause.example && (
        <details className="mb-4 text-sm text-soft">
          <summary className="min-h-6 w-fit rounded-sm">One description as it came</summary>
          <pre className="mt-1 rounded-md border border-line bg-sunken p-3 font-mono text-xs whitespace-pre-wrap break-name">
            {cause.example}
          </pre>
        </details>
      )}
      <div className="mb-4 grid gap-4 lg:grid-cols-2 xl:grid-cols-3">
        <WorkPanel cause={cause} notes={notes} />
        <NotesPanel cause={cause} notes={notes} />
      </div>
      <MergedCauses cause={cause} notes={notes} />
      {cause.count > 0 && <ArrivalsPanel timeline={timeline} />}
      <MessageList place={{ queue: queue.id, cause: cause.id, target: queue.originPath, compare: "at-once" }} />
    </>
  );
}
