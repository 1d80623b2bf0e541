/** Lets one loop wait until another has something for it, or a time has passed. */
export class Pulse {
  #wake: (() => void) | null = null;
  #pending = false;

  notify(): void {
    this.#pending = true;
    this.#wake?.();
  }

  /** Resolves at once if notified since the last wait. One waiter at a time. */
  async wait(ms: number): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    this.#pending = false;
  }
}
