import type { PeekedMessage } from "@/lib/brokers/broker";
import { PeekAhead } from "./peek-ahead";
import { recordPage } from "./record-page";
import type { ScanContext } from "./scan-context";

/**
 * Goes on with the walk through the whole DLQ, page by page: finds what came in below the highest position, and what
 * left. Every page is proof for its own stretch (lib/store/scan-stretch.ts), so a walk may stop anywhere and be taken up by any
 * worker. Returns whether pages are left.
 */
export async function walkQueue(
  context: ScanContext,
  at: Date,
  seen: readonly PeekedMessage[],
): Promise<{ more: boolean }> {
  const { queue } = context;
  const startedAt = queue.walkStartedAt ?? at;
  const from = queue.walkStartedAt === null ? 0n : queue.walkPosition;
  const reader = new PeekAhead(context, { from, limit: null, before: at, seen });
  try {
    for (let clock = at; ; ) {
      const stretch = await reader.take(clock);
      if (stretch === null) return { more: true };
      const last = stretch.messages.at(-1);
      clock = await recordPage(context, stretch, {
        kind: "walked",
        startedAt,
        position: stretch.through === null ? null : stretch.through + 1n,
        highWater: last?.position ?? 0n,
        seen: stretch.messages.length,
      });
      if (stretch.end) return { more: false };
    }
  } finally {
    await reader.settled();
  }
}
