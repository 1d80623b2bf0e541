"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Banner } from "@/components/ui/banner";
import { useKeys } from "@/components/ui/keyboard";
import { Live } from "@/components/ui/load-state";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { LoudAge } from "@/components/ui/time";
import { deadLetterQuery, payloadQuery } from "@/lib/client/dead-letters";
import { useMay, useSession } from "@/lib/client/session";
import { useUrlState } from "@/lib/client/use-url-state";
import type { DeadLetterDetail } from "@/lib/contracts/dead-letters";
import { AuditLink } from "../audit/audit-link";
import { reasonText } from "../queues/queue-words";
import { ReplayButton } from "../replays/replay-button";
import { EditView } from "./edit-view";
import { LineageList } from "./lineage-list";
import { MessageBadges } from "./message-badges";
import { MessageFacts } from "./message-facts";
import { messageState } from "./message-state";
import { PayloadPanel } from "./payload-panel";

/** What exactly is in it? One dead letter. */
export function MessageView({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(deadLetterQuery(id));
  return (
    <Live what="the message" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
      {(detail) => <MessageBody detail={detail} />}
    </Live>
  );
}

/** A replay that still holds the message; while it does, it sends the message as it was planned. */
function liveReplay({ row }: DeadLetterDetail): string | null {
  return row.replay && ["planned", "claimed", "sending", "sent", "uncertain"].includes(row.replay.itemState)
    ? row.replay.id
    : null;
}

function MessageBody({ detail }: { detail: DeadLetterDetail }) {
  const { row, queue } = detail;
  const [{ mode }, change] = useUrlState(messageState);
  const client = useQueryClient();
  const held = liveReplay(detail);
  const mayEdit = useMay("edits.write");
  const mayRead = useMay("payloads.read");
  const gone = row.leftAt !== null;
  const offer = mayEdit && !gone && held === null;
  useKeys(offer && mode === "read" ? { e: () => change({ mode: "edit" }) } : {});
  const payload = useQuery({ ...payloadQuery(row.id), enabled: mayRead });
  const editing = mode === "edit" && offer && payload.data?.kept === true;

  return (
    <>
      <PageHead
        trail={[
          { href: "/", label: "Queues" },
          { href: `/queues/${queue.id}`, label: queue.entityPath },
          { href: `/causes/${detail.causeId}`, label: reasonText(row.reason) },
        ]}
        title={<span className="font-mono text-lg">{row.messageId ?? `Sequence number ${row.key}`}</span>}
        facts={
          <>
            <span className="text-base">
              <LoudAge since={row.rootEnqueuedAt} className="text-2xl text-ink" /> old
              {row.rootEnqueuedAt !== row.enqueuedAt && ", counted from its first copy"}
            </span>
            <MessageBadges row={row} />
            <AuditLink of={{ deadLetter: row.id }} />
          </>
        }
        acts={
          !gone &&
          !editing &&
          held === null && (
            <ReplayButton
              scope={{ kind: "dead-letters", queue: queue.id, ids: [row.id] }}
              total={1}
              target={queue.originPath}
            />
          )
        }
      />
      {editing && payload.data ? (
        <EditView
          key={payload.data.edit?.id ?? "original"}
          payload={payload.data}
          onDone={() => {
            change({ mode: undefined });
            void client.invalidateQueries({ queryKey: ["dead-letters"] });
          }}
        />
      ) : (
        <div className="grid gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(20rem,2fr)]">
          <div className="min-w-0">
            {mayRead ? (
              <PayloadPanel
                id={row.id}
                edit={
                  offer
                    ? { kind: "offer", onEdit: () => change({ mode: "edit" }) }
                    : mayEdit
                      ? {
                          kind: "refused",
                          because: gone
                            ? "It has left the queue and can no longer be edited."
                            : "A replay holds it and sends it as it was planned; until that ends it cannot be edited.",
                        }
                      : { kind: "absent" }
                }
              />
            ) : (
              <PayloadHidden />
            )}
          </div>
          <div className="flex flex-col gap-4 max-lg:order-first">
            <Panel title="Facts">
              <MessageFacts detail={detail} />
            </Panel>
            <Panel title="Replays of it">
              <LineageList lineage={detail.lineage} />
            </Panel>
          </div>
        </div>
      )}
    </>
  );
}

function PayloadHidden() {
  const { roles } = useSession();
  return (
    <Banner icon="lock" title="The payload is hidden from you">
      Body, properties and descriptions can hold personal data. Your role ({roles.join(", ") || "none"}) sees counts,
      ages and reasons; operators and approvers see payloads, and every look of theirs is recorded.
    </Banner>
  );
}
