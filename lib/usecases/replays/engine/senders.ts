import type { Broker, CopySender } from "@/lib/brokers/broker";

interface Open {
  readonly opening: Promise<CopySender>;
  /** Null: it is being opened. */
  sender: CopySender | null;
}

/** One sender a target, opened on demand. After a doubtful send the sender is closed, so that nothing more is written by it (R5). */
export class Senders {
  readonly #broker: Broker;
  readonly #open = new Map<string, Open>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** The sender to a target; another one where it could not send any more. */
  to(path: string): Promise<CopySender> {
    const known = this.#open.get(path);
    if (known !== undefined && known.sender?.isOpen() !== false) return known.opening;
    // Whoever still waits for an answer of it closes it as well.
    if (known?.sender != null) void this.discard(path, known.sender);
    const open: Open = { opening: this.#broker.openSender(path), sender: null };
    this.#open.set(path, open);
    open.opening.then(
      (sender) => {
        open.sender = sender;
      },
      () => this.#open.delete(path),
    );
    return open.opening;
  }

  /**
   * Closes a sender to a target; resolves true when it is certain that it can write no more. One that was opened in its place meanwhile
   * stays: others are sending by it.
   */
  async discard(path: string, sender: CopySender): Promise<boolean> {
    if (this.#open.get(path)?.sender === sender) this.#open.delete(path);
    try {
      await sender.close();
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(all.map(async ({ opening }) => (await opening).close()));
  }
}
