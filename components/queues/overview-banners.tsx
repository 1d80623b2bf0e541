import { Banner } from "@/components/ui/banner";
import { Ago } from "@/components/ui/time";
import type { Overview } from "@/lib/contracts/queues";

/** What makes the figures of the overview doubtful. */
export function OverviewBanners({ overview }: { overview: Overview }) {
  const failing = overview.namespaces.filter((namespace) => namespace.listError !== null);
  if (overview.liveWorkers > 0 && failing.length === 0) return null;
  return (
    <div className="mb-4 flex flex-col gap-2">
      {overview.liveWorkers === 0 && (
        <Banner tone="bad" title="No worker is running" live>
          Figures grow older and no replay moves until one is started. Messages stay where they are.
        </Banner>
      )}
      {failing.map((namespace) => (
        <Banner key={namespace.name} tone="warn" title={`The entities of ${namespace.name} could not be listed`} live>
          {namespace.listError} Queues that were made since are missing here.{" "}
          {namespace.listedAt ? (
            <>
              Last listed <Ago time={namespace.listedAt} focusable />.
            </>
          ) : (
            "They have never been listed."
          )}
        </Banner>
      ))}
    </div>
  );
}
