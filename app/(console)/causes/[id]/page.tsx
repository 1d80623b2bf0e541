import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { CauseView } from "@/components/causes/cause-view";
import { causeTitle } from "@/components/causes/cause-words";
import { messagesState } from "@/components/messages/message-state";
import { causeQuery } from "@/lib/client/queues";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { causeParams } from "@/lib/contracts/params";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getCause } from "@/lib/usecases/causes/get-cause";
import { firstPage } from "../../first-page";
import { Hydrated, known } from "../../hydrated";

interface Props {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<UrlValues>;
}

/** The gate and the cause behind it, once a request: for the page and for its title. */
const loadCause = cache(async (id: string) => {
  const session = await pageGate("queues.read");
  const parsed = causeParams.safeParse({ id });
  if (!parsed.success) notFound();
  const context = { store: composition().store, mayReadPayloads: session.permissions.includes("payloads.read") };
  return { context, detail: await orNotFound(getCause(context, parsed.data)) };
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { detail } = await loadCause((await params).id);
  return { title: `${causeTitle(detail.cause)} in ${detail.queue.entityPath}` };
}

export default async function CausePage({ params, searchParams }: Props) {
  const { context, detail } = await loadCause((await params).id);
  const { id } = detail.cause;
  // It was merged into another one, which stands for it.
  if (id !== (await params).id) redirect(`/causes/${id}`);
  const list = { queue: detail.queue.id, cause: id, ...readUrlState(messagesState, await searchParams) };
  return (
    <Hydrated known={[known(causeQuery(id), detail), ...(await firstPage(context, list))]}>
      <CauseView id={id} />
    </Hydrated>
  );
}
