import { OverviewView } from "@/components/queues/overview-view";
import { overviewQuery } from "@/lib/client/queues";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { getOverview } from "@/lib/usecases/queues/get-overview";
import { Hydrated, known } from "./hydrated";

export default async function OverviewPage() {
  await pageGate("queues.read");
  const { store } = composition();
  return (
    <Hydrated known={[known(overviewQuery(), await getOverview({ store }))]}>
      <OverviewView />
    </Hydrated>
  );
}
