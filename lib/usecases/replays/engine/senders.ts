import type { Broker, CopySender } from "@/lib/brokers/broker";

/** One sender a target, opened on demand. After a doubtful send the sender is closed, so that nothing more is written by it (R5). */
export class Senders {
  readonly #broker: Broker;
  readonly #open = new Map<string, Promise<CopySender>>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  to(path: string): Promise<CopySender> {
    let sender = this.#open.get(path);
    if (sender === undefined) {
      sender = this.#broker.openSender(path);
      this.#open.set(path, sender);
      sender.catch(() => this.#open.delete(path));
    }
    return sender;
  }

  /** Closes the sender to a target; resolves true when it is certain that it can write no more. */
  async discard(path: string): Promise<boolean> {
    const sender = this.#open.get(path);
    this.#open.delete(path);
    if (sender === undefined) return true;
    try {
      await (await sender).close();
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((path) => this.discard(path)));
  }
}
