import type { Metadata } from "next";
import { notFound } from "next/navigation";
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

export const metadata: Metadata = { title: "Replay" };

interface Props {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<UrlValues>;
}

export default async function ReplayPage({ params, searchParams }: Props) {
  await pageGate("replays.read");
  const parsed = replayParams.safeParse(await params);
  if (!parsed.success) notFound();
  const { id } = parsed.data;
  const { store } = composition();
  const filter = readUrlState(itemsState, await searchParams);
  const detail = await orNotFound(getReplay({ store }, { id }));
  const items = await orNotFound(listItems({ store }, { id, ...filter, limit: 100 }));
  return (
    <Hydrated known={[known(replayQuery(id), detail), knownPage(replayItemsListQuery(id, filter), items)]}>
      <ReplayView id={id} />
    </Hydrated>
  );
}
