import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { ReplayView } from "@/components/replays/replay-view";
import { itemsState } from "@/components/replays/replays-state";
import { replayItemsListQuery, replayQuery } from "@/lib/client/replays";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { replayParams } from "@/lib/contracts/params";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getReplay } from "@/lib/usecases/replays/get-replay";
import { listItems } from "@/lib/usecases/replays/list-items";
import { Hydrated, known, knownPage } from "../../hydrated";

interface Props {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<UrlValues>;
}

/** The gate and the replay behind it, once a request: for the page and for its title. */
const loadReplay = cache(async (id: string) => {
  await pageGate("replays.read");
  const parsed = replayParams.safeParse({ id });
  if (!parsed.success) notFound();
  const { store } = composition();
  return { store, detail: await orNotFound(getReplay({ store }, parsed.data)) };
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { detail } = await loadReplay((await params).id);
  const { queue, targetPath } = detail.replay;
  return { title: `Replay of ${queue.entityPath} to ${targetPath}` };
}

export default async function ReplayPage({ params, searchParams }: Props) {
  const { store, detail } = await loadReplay((await params).id);
  const { id } = detail.replay;
  const filter = readUrlState(itemsState, await searchParams);
  const items = await listItems({ store }, { id, ...filter, limit: 100 });
  return (
    <Hydrated known={[known(replayQuery(id), detail), knownPage(replayItemsListQuery(id, filter), items)]}>
      <ReplayView id={id} />
    </Hydrated>
  );
}
