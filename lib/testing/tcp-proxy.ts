import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

type Direction = "up" | "down";

/**
 * A relay between a client and a server whose wire a test can hold or cut. "up" is from the client to the server.
 * Bytes that are held wait and are passed on at release; a cut destroys every connection and what it held. With `late`, what
 * a client had written before it closed still reaches the server at release, as a network may have it.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #held = new Set<Direction>();
  #refusing = false;

  private constructor(target: { host: string; port: number }, late: boolean) {
    this.#server = createServer({ noDelay: true }, (client) => {
      if (this.#refusing) {
        client.destroy();
        return;
      }
      const pair = new Pair(client, connect({ ...target, noDelay: true }), this.#held, late);
      this.#pairs.add(pair);
      pair.onEnd = () => this.#pairs.delete(pair);
    });
  }

  static async start(target: { host: string; port: number }, { late = false } = {}): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, late);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Bytes that wait in a direction. */
  heldBytes(direction: Direction): number {
    let bytes = 0;
    for (const pair of this.#pairs) bytes += pair.waiting(direction);
    return bytes;
  }

  hold(direction: Direction): void {
    this.#held.add(direction);
  }

  release(): void {
    this.#held.clear();
    for (const pair of this.#pairs) pair.flush();
  }

  /** Destroys every connection; with `refuse`, new ones too until `accept`. */
  cut(refuse = false): void {
    this.#refusing = refuse;
    for (const pair of this.#pairs) pair.destroy();
  }

  accept(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut(true);
    await closed;
  }
}

class Pair {
  readonly #sockets: Record<Direction, Socket>;
  readonly #waiting: Record<Direction, Buffer[]> = { up: [], down: [] };
  readonly #held: ReadonlySet<Direction>;
  readonly #late: boolean;
  #clientHasClosed = false;
  onEnd: () => void = () => {};

  constructor(client: Socket, server: Socket, held: ReadonlySet<Direction>, late: boolean) {
    this.#held = held;
    this.#late = late;
    this.#sockets = { up: server, down: client };
    this.#relay(client, "up");
    this.#relay(server, "down");
  }

  waiting(direction: Direction): number {
    return this.#waiting[direction].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  flush(): void {
    for (const direction of ["up", "down"] as const) {
      for (const bytes of this.#waiting[direction].splice(0)) this.#sockets[direction].write(bytes);
    }
    if (this.#clientHasClosed) this.#sockets.up.end();
  }

  destroy(): void {
    this.#sockets.up.destroy();
    this.#sockets.down.destroy();
    this.onEnd();
  }

  #closed(direction: Direction): void {
    if (this.#late && direction === "up" && this.#waiting.up.length > 0) this.#clientHasClosed = true;
    else this.destroy();
  }

  #relay(from: Socket, direction: Direction): void {
    from.on("data", (bytes) => {
      if (this.#held.has(direction)) this.#waiting[direction].push(bytes);
      else this.#sockets[direction].write(bytes);
    });
    from.on("error", () => this.#closed(direction));
    from.on("close", () => this.#closed(direction));
  }
}
