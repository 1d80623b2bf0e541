"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Banner } from "@/components/ui/banner";
import { buttonLook } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Live } from "@/components/ui/load-state";
import { countText, numberText } from "@/components/ui/number-text";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { Ago } from "@/components/ui/time";
import { queueQuery } from "@/lib/client/queues";
import { useUrlState } from "@/lib/client/use-url-state";
import type { QueueDetail } from "@/lib/contracts/queues";
import { AuditLink } from "../audit/audit-link";
import { causesState } from "../causes/cause-order";
import { PolicyLine } from "../policies/policy-line";
import { ReplayButton } from "../replays/replay-button";
import { ArrivalsPanel } from "./arrivals-panel";
import { ClockSwitch, clockInUrl } from "./clock-switch";
import { PictureAge } from "./picture-age";
import { QueueCauses } from "./queue-causes";
import { QueueFigures } from "./queue-figures";
import { kindText } from "./queue-words";
import { ReasonHeatmap } from "./reason-heatmap";
import { SettingsLine } from "./settings-line";

/** What are the causes? One DLQ by reason and age. */
export function QueueView({ id }: { id: number }) {
  const [{ clock }] = useUrlState(causesState);
  const { data, error, refetch } = useQuery({
    ...queueQuery(id, clock),
    // The other clock's figures, named as such, until this one's have come.
    placeholderData: (last) => (last?.queue.id === id ? last : undefined),
  });
  return (
    <Live what="the queue" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
      {(detail) => <QueueBody detail={detail} />}
    </Live>
  );
}

function QueueBody({ detail }: { detail: QueueDetail }) {
  const { queue } = detail;
  const [state, change] = useUrlState(causesState);
  return (
    <>
      <PageHead
        trail={[{ href: "/", label: "Queues" }]}
        title={queue.entityPath}
        facts={
          <>
            <span>
              {kindText(queue)} in {queue.namespace}
            </span>
            <SettingsLine settings={detail.settings} />
            <PictureAge queue={queue} inline />
            <AuditLink of={{ queue: queue.id }} />
          </>
        }
        acts={
          <>
            <Link href={`/queues/${queue.id}/messages`} className={buttonLook("plain")}>
              All messages
            </Link>
            <ReplayButton
              scope={{ kind: "filter", filter: { queue: queue.id } }}
              total={queue.indexed}
              target={queue.originPath}
            />
          </>
        }
      />
      <QueueNotices detail={detail} />
      <QueueFigures queue={queue} />
      <PolicyLine queueId={queue.id} />
      <div className="grid gap-x-4 xl:grid-cols-2">
        {detail.heatmap.length > 0 && (
          <Panel
            title="Reason and age"
            aside={<ClockSwitch clock={state.clock} onChange={(clock) => change({ clock: clockInUrl(clock) })} />}
            className="mb-4"
          >
            <ReasonHeatmap
              cells={detail.heatmap}
              clock={detail.agesBy}
              note="A cell filters the causes below."
              cell={(reason, age) => {
                const selected = state.reason === reason && state.age === age;
                const onSelect = () => change(selected ? { reason: undefined, age: undefined } : { reason, age });
                return { selected, onSelect };
              }}
            />
          </Panel>
        )}
        {queue.indexed > 0 && <ArrivalsPanel timeline={detail.timeline} />}
      </div>
      <QueueCauses detail={detail} state={state} onChange={change} />
    </>
  );
}

function QueueNotices({ detail: { queue } }: { detail: QueueDetail }) {
  if (queue.vanishedAt === null && queue.scan.error === null && queue.runningReplays.length === 0) return null;
  return (
    <div className="mb-4 flex flex-col gap-2">
      {queue.vanishedAt !== null && (
        <Banner tone="warn" title="The broker no longer has this queue">
          It was last listed before <Ago time={queue.vanishedAt} focusable />. What was read of it stays here to be
          looked at; nothing of it can be replayed.
        </Banner>
      )}
      {queue.scan.error !== null && (
        <Banner tone="warn" title="The last reading of this queue failed; it is tried again by itself">
          {queue.scan.error}
        </Banner>
      )}
      {queue.runningReplays.map((replay) => (
        <Banner
          key={replay.id}
          tone={replay.state === "paused" ? "warn" : "accent"}
          icon="replay"
          title={`A replay of this queue is ${replay.state}: ${numberText(replay.done)} of ${countText(replay.total, "message")} done`}
          action={
            <Link href={`/replays/${replay.id}`} className={buttonLook("plain", true)}>
              Watch it <Icon name="chevron" className="size-3" />
            </Link>
          }
        />
      ))}
    </div>
  );
}
