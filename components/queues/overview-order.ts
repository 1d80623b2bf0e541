import * as z from "zod";
import { ageClock, type QueueSummary } from "@/lib/contracts/queues";

/** URL state of the overview. */
export const overviewState = z.object({
  /** Part of a queue's name, or of a reason. */
  q: z.string().max(200).optional(),
  sort: z.enum(["oldest", "name", "messages", "arrivals"]).default("oldest"),
  empty: z.enum(["show", "hide"]).default("show"),
  /** What ages are counted from. */
  clock: ageClock.default("enqueued"),
});
export type OverviewState = z.output<typeof overviewState>;

/** Filters and orders the rows; "oldest" keeps the server's order, which is worst first. */
export function arrange(queues: readonly QueueSummary[], state: OverviewState): QueueSummary[] {
  const words = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = queues.filter((queue) => {
    if (state.empty === "hide" && queue.indexed === 0 && queue.brokerCount === 0) return false;
    const name = [queue.namespace, queue.entityPath, ...queue.topReasons.map(({ reason }) => reason)]
      .join(" ")
      .toLowerCase();
    return words.every((word) => name.includes(word));
  });
  switch (state.sort) {
    case "oldest":
      return found;
    case "name":
      return found.sort((a, b) => a.entityPath.localeCompare(b.entityPath, "en"));
    case "messages":
      return found.sort((a, b) => b.indexed - a.indexed);
    case "arrivals":
      return found.sort((a, b) => arrivals(b) - arrivals(a));
  }
}

function arrivals(queue: QueueSummary): number {
  return queue.arrivals.reduce((sum, count) => sum + count, 0);
}
