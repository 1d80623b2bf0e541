import { OverviewView } from "@/components/queues/overview-view";
import { overviewQuery } from "@/lib/client/queues";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { Hydrated, known } from "./hydrated";

export default async function OverviewPage() {
  await pageGate("queues.read");
  const { overview } = await composition().overview();
  return (
    <Hydrated known={[known(overviewQuery(), overview)]}>
      <OverviewView />
    </Hydrated>
  );
}
