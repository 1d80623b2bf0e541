import type { Metadata } from "next";
import { ReplayList } from "@/components/replays/replay-list";
import { replaysState } from "@/components/replays/replays-state";
import { replayListQuery } from "@/lib/client/replays";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { listReplays } from "@/lib/usecases/replays/list-replays";
import { Hydrated, knownPage } from "../hydrated";

export const metadata: Metadata = { title: "Replays" };

export default async function ReplaysPage({ searchParams }: { searchParams: Promise<UrlValues> }) {
  await pageGate("replays.read");
  const filter = readUrlState(replaysState, await searchParams);
  const page = await listReplays({ store: composition().store }, { ...filter, limit: 50 });
  return (
    <Hydrated known={[knownPage(replayListQuery(filter), page)]}>
      <ReplayList />
    </Hydrated>
  );
}
