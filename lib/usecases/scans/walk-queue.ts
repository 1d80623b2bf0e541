import type { BrokerMessage } from "@/lib/brokers/broker";
import { nextPageSize } from "./page-size";
import { recordPage } from "./record-page";
import { isTurnOver, type ScanContext } from "./scan-context";

/**
 * Goes on with the walk through the whole DLQ, page by page: finds what came in below the highest position, and what
 * left. Every page is proof for its own stretch (lib/store/scan-stretch.ts), so a walk may stop anywhere and be taken up by any
 * worker. Returns whether pages are left.
 */
export async function walkQueue(
  context: ScanContext,
  at: Date,
  seen: readonly BrokerMessage[],
): Promise<{ more: boolean }> {
  const { broker, queue } = context;
  const startedAt = queue.walkStartedAt ?? at;
  let clock = at;
  let size = nextPageSize(seen);
  for (let from = queue.walkStartedAt === null ? 0n : queue.walkPosition, pages = 0; ; pages++) {
    if (isTurnOver(context, pages)) return { more: true };
    const messages = await broker.peek(queue, from, size);
    const last = messages.at(-1);
    clock = await recordPage(
      context,
      { from, through: last?.position ?? null, before: clock, messages },
      {
        kind: "walked",
        startedAt,
        position: last === undefined ? null : last.position + 1n,
        highWater: last?.position ?? 0n,
      },
    );
    if (last === undefined) return { more: false };
    from = last.position + 1n;
    size = nextPageSize(messages);
  }
}
