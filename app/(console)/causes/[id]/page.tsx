import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { CauseView } from "@/components/causes/cause-view";
import { messagesState } from "@/components/messages/message-state";
import { messagesQuery } from "@/lib/client/dead-letters";
import { causeQuery } from "@/lib/client/queues";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { causeParams } from "@/lib/contracts/params";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getCause } from "@/lib/usecases/causes/get-cause";
import { listDeadLetters } from "@/lib/usecases/dead-letters/list-dead-letters";
import { Hydrated, known, knownPage } from "../../hydrated";

export const metadata: Metadata = { title: "Cause" };

interface Props {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<UrlValues>;
}

export default async function CausePage({ params, searchParams }: Props) {
  const session = await pageGate("queues.read");
  const parsed = causeParams.safeParse(await params);
  if (!parsed.success) notFound();
  const { id } = parsed.data;
  const context = { store: composition().store, mayReadPayloads: session.permissions.includes("payloads.read") };
  const detail = await orNotFound(getCause(context, { id }));
  const { sort, ...narrowing } = readUrlState(messagesState, await searchParams);
  const filter = { queue: detail.queue.id, cause: id, ...narrowing };
  const page = await listDeadLetters(context, { ...filter, sort, limit: 100 });
  return (
    <Hydrated known={[known(causeQuery(id), detail), knownPage(messagesQuery({ filter, sort }), page)]}>
      <CauseView id={id} />
    </Hydrated>
  );
}
