import type { CopySender, PreparedCopy } from "@/lib/brokers/broker";
import { mayStillSend } from "@/lib/domain/lock-window";
import { type LivePermits, permitsAlive } from "@/lib/domain/throttle";
import type { EngineContext, Timing } from "./context";
import { type Held, idOf } from "./held";
import { judgeSendError, type SendFailure } from "./send-error";

export interface BlockResult {
  readonly accepted: readonly Held[];
  /** Never written to the broker: the lock, the lease or the permits did not last. */
  readonly unsent: readonly Held[];
  readonly failed: readonly { readonly held: readonly Held[]; readonly failure: SendFailure }[];
}

/**
 * Sends items whose intent is committed. Right before the bytes are handed over, the lease, the permits and every lock
 * are looked at once more, on the monotonic clock (R1, R5, R6); what does not pass is not sent.
 */
export async function sendBlock(
  context: EngineContext,
  timing: Timing,
  sender: CopySender,
  block: readonly Held[],
  options: { readonly permits: LivePermits; readonly alone: (held: Held) => boolean; readonly target: string },
): Promise<BlockResult> {
  const now = context.now();
  const most = context.lease.isValid() ? permitsAlive(options.permits, now) : 0;
  const isFit = (held: Held): boolean => held.link.receiver.isOpen() && mayStillSend(held.locked, now, timing);
  const fit: Held[] = [];
  const unsent: Held[] = [];
  for (const held of block) (fit.length < most && isFit(held) ? fit : unsent).push(held);
  const chunks = cut(fit, sender, options.alone);
  const accepted: Held[] = [];
  const failed: { held: Held[]; failure: SendFailure }[] = [];
  await Promise.all(
    chunks.map(async (chunk) => {
      try {
        const sent = sender.send(chunk.map(copyOf), timing.sendTimeoutMs);
        const observed = context.onStep?.("on-the-wire", chunk.map(idOf));
        if (observed !== undefined) await Promise.all([observed, sent]);
        await sent;
        accepted.push(...chunk);
      } catch (error) {
        failed.push({ held: chunk, failure: judgeSendError(error, options.target) });
      }
    }),
  );
  return { accepted, unsent, failed };
}

/** Chunks that go as one batch each; what must go alone does. */
function cut(block: readonly Held[], sender: CopySender, alone: (held: Held) => boolean): Held[][] {
  const chunks = block.filter(alone).map((held) => [held]);
  let rest = block.filter((held) => !alone(held));
  while (rest.length > 0) {
    const length = Math.max(1, Math.min(rest.length, sender.batchLength(rest.map(copyOf))));
    chunks.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return chunks;
}

const copyOf = (held: Held): PreparedCopy => held.copy as PreparedCopy;
