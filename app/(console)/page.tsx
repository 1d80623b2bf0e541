import { OverviewView } from "@/components/queues/overview-view";
import { overviewQuery } from "@/lib/client/queues";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { agesQuery } from "@/lib/contracts/queues";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { Hydrated, known } from "./hydrated";

export default async function OverviewPage({ searchParams }: { readonly searchParams: Promise<UrlValues> }) {
  await pageGate("queues.read");
  const { clock } = readUrlState(agesQuery, await searchParams);
  const { overview } = await composition().overview(clock);
  return (
    <Hydrated known={[known(overviewQuery(clock), overview)]}>
      <OverviewView />
    </Hydrated>
  );
}
