"use client";
import { useQuery } from "@tanstack/react-query";
import { Live } from "@/components/ui/load-state";
import { PageHead } from "@/components/ui/page-head";
import { queueQuery } from "@/lib/client/queues";
import { PictureAge } from "../queues/picture-age";
import { MessageList } from "./message-list";

/** All dead letters of one queue, by filter. */
export function QueueMessagesView({ id }: { id: number }) {
  const { data, error, refetch } = useQuery(queueQuery(id));
  return (
    <Live what="the queue" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
      {({ queue }) => (
        <>
          <PageHead
            trail={[
              { href: "/", label: "Queues" },
              { href: `/queues/${queue.id}`, label: queue.entityPath },
            ]}
            title="Messages"
            facts={
              <span className="text-sm">
                <PictureAge queue={queue} inline />
              </span>
            }
          />
          <MessageList place={{ queue: queue.id, target: queue.originPath, compare: "on-request" }} />
        </>
      )}
    </Live>
  );
}
