import { useQueries } from "@tanstack/react-query";
import { numberText } from "@/components/ui/number-text";
import { queueQuery } from "@/lib/client/queues";
import type { QueueSummary } from "@/lib/contracts/queues";

export interface Destination {
  readonly kind: "page" | "queue" | "cause";
  readonly label: string;
  readonly href: string;
  readonly aside?: string;
}

/** Causes are offered for so many of the worst queues: what somebody looks for at night is there. */
const QUEUES_WITH_CAUSES = 12;

export function pagesFor(mayAudit: boolean): Destination[] {
  const pages: Destination[] = [
    { kind: "page", label: "All dead-letter queues", href: "/" },
    { kind: "page", label: "Search all queues", href: "/search" },
    { kind: "page", label: "Replays", href: "/replays" },
  ];
  return mayAudit ? [...pages, { kind: "page", label: "Audit", href: "/audit" }] : pages;
}

export function queueDestinations(queues: readonly QueueSummary[]): Destination[] {
  return queues.map((queue) => ({
    kind: "queue",
    label: queue.entityPath,
    href: `/queues/${queue.id}`,
    aside: numberText(queue.indexed),
  }));
}

/** The causes of the worst queues; read when the palette opens, and kept a minute. */
export function useCauseDestinations(queues: readonly QueueSummary[]): Destination[] {
  return useQueries({
    queries: queues
      .slice(0, QUEUES_WITH_CAUSES)
      .map((queue) => ({ ...queueQuery(queue.id), staleTime: 60_000, refetchInterval: false as const })),
    combine: (results) =>
      results.flatMap(({ data }) =>
        (data?.causes ?? []).map((cause) => ({
          kind: "cause" as const,
          label: `${cause.reason || "(no reason)"} · ${cause.signature}`,
          href: `/causes/${cause.id}`,
          aside: `${data?.queue.entityPath} · ${numberText(cause.count)}`,
        })),
      ),
  });
}

/** Those whose name has every word of the text, in any order. */
export function matching(destinations: readonly Destination[], text: string): Destination[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return destinations.filter(({ label, aside }) => {
    const name = `${label} ${aside ?? ""}`.toLowerCase();
    return words.every((word) => name.includes(word));
  });
}
