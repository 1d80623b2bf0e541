import type { Broker } from "../../brokers/broker";

/**
 * What the contract needs beside the adapter under test: producers and consumers that know nothing of it. Entities are
 * named by the part they play; one that a broker cannot have is null, and its tests are left out.
 */
export interface BrokerFixture {
  readonly namespace: string;
  readonly entities: {
    /** Plain, without duplicate detection; locks of 30 s, three deliveries. */
    readonly queue: string;
    /** Locks of five seconds. */
    readonly shortLocks: string;
    readonly partitioned: string | null;
    /** Duplicate detection with a window of ten minutes. */
    readonly detecting: string | null;
    /** Requires sessions. */
    readonly sessions: string | null;
    /** Takes one message. */
    readonly topic: string | null;
    /** A subscription of it that takes all, and one with rules that compare. */
    readonly takesAll: string | null;
    readonly picky: string | null;
    /** A queue whose dead letters are forwarded, and where to. */
    readonly forwarding: string | null;
    readonly graves: string | null;
    /** A queue whose messages are forwarded to `queue`. */
    readonly relay: string | null;
  };
  /** Opens the adapter; the overrides are the configuration's. */
  open(overrides?: { include?: string[]; exclude?: string[]; entities?: string[]; address?: string }): Broker;
  /** Sends finished bytes. */
  send(entity: string, ...messages: readonly Uint8Array[]): Promise<void>;
  /** Dead-letters what the entity holds as its consumer would; resolves with how many there were. */
  deadLetter(entity: string, count: number, reason: string, description: string): Promise<void>;
  /** Puts many messages into the entity's dead-letter queue at once. */
  pile(entity: string, messages: readonly Uint8Array[]): Promise<void>;
  /** Receives and completes messages as the entity's consumer; the bytes as they came over the wire. */
  consume(entity: string, count: number): Promise<Uint8Array[]>;
  /** Messages that the entity itself holds, dead letters apart. */
  count(entity: string): Promise<number>;
  /** The address that connections go to, for a proxy between. */
  readonly address: { readonly host: string; readonly port: number };
  /** Moves the broker's clock forward: locks and windows run out. */
  elapse(ms: number): void;
  /** Stops the broker and starts it again with what it held, at the same address. */
  restart: (() => Promise<void>) | null;
}
