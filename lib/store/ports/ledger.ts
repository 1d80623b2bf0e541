import type * as z from "zod";
import type { propertyChange, typedProperty } from "@/lib/contracts/dead-letters";
import type { Permits, ThrottleScope } from "./throttle";

/** A locked message as the ledger knows it again (R9). */
export interface LockedIdentity {
  readonly key: string;
  readonly position: bigint;
  readonly enqueuedAt: Date;
  readonly messageId: string | null;
  readonly contentHash: Uint8Array;
}

export interface ClaimedItem {
  readonly id: string;
  readonly replayId: string;
  readonly ordinal: number;
  readonly key: string;
  readonly sessionId: string | null;
  /** The number of the attempt that the next intent will be. */
  readonly attempt: number;
  /** The correction that was planned; null: none. */
  readonly edit: {
    readonly body: Uint8Array | null;
    readonly properties: readonly z.infer<typeof propertyChange>[];
  } | null;
}

export type ClaimRequest = {
  readonly workerId: string;
  readonly queueId: number;
  readonly mayOrder: boolean;
} & (
  | { readonly from: "queue"; readonly locked: readonly LockedIdentity[] }
  // Restores take theirs from the archive, all others from the DLQ.
  | { readonly from: "archive"; readonly locked: readonly ArchivedIdentity[] }
);

export interface Claims {
  readonly claimed: readonly ClaimedItem[];
  /** Items already sent whose original is still there: complete it, send nothing (R4). */
  readonly sent: readonly { readonly id: string; readonly key: string }[];
  /** Keys of messages that go later: something before them in their sessions has not gone, and is in nobody's hands here (R13). */
  readonly waiting: readonly string[];
  /** Messages of live replays that may not send now: paused, stopped, in quiet hours, or beyond their canary. */
  readonly notNow: readonly { readonly key: string; readonly replayId: string }[];
  readonly changed: number;
}

/** What is committed before a send (R2). */
export interface Intent {
  readonly id: string;
  readonly attempt: number;
  readonly messageId: string | null;
  readonly hash: Uint8Array;
  /** Absolute expiry time of the original; null: none. */
  readonly expiresAt: Date | null;
}

/**
 * An attempt of an item as the worker that asks knows it. A statement whose answer was lost may run late, after the item was claimed and
 * intended anew: named with its attempt, it finds nothing to write. No attempt has the number of one that was taken back.
 */
export interface Attempt {
  readonly id: string;
  /** That of the item's intent; before it, the number that the intent will have. */
  readonly attempt: number;
}

/** An item that is on record as a worker's. */
export interface HeldItem {
  readonly id: string;
  /** Of its last intent; 0: it had none. */
  readonly attempt: number;
  readonly state: "claimed" | "sending" | "sent";
}

export interface Intended extends Permits {
  /** Items whose intent is committed, in the order given: exactly these may be sent, while the permits live. */
  readonly ids: readonly string[];
  /** Items that the check before the window refused (R10) or held back as uncertain, or that are not to be sent any more. */
  readonly dropped: readonly string[];
  /** The replay is running and this worker's lease is valid; false: nothing was intended, and nothing may be. */
  readonly allowed: boolean;
}

/** A DLQ with items that need a worker. */
/** Planned items of a DLQ are counted up to here: more than a worker can take between two looks at the work. */
export const MOST_PLANNED_COUNTED = 4_000;

export interface QueueWork {
  readonly queueId: number;
  readonly namespaceId: number;
  readonly namespace: string;
  readonly entityPath: string;
  readonly subQueue: "dead-letter" | "transfer-dead-letter" | "forwarded";
  /** The broker's setting; null: not read. */
  readonly lockSeconds: number | null;
  /** Replays to send for; none: only sent items are left to complete. */
  readonly replays: readonly RunningReplay[];
  /** Planned items of this DLQ's messages that this worker may send, those that others hold among them, counted up to MOST_PLANNED_COUNTED. */
  readonly planned: number;
  /** Planned items of restores that may go, counted up to 2,000. */
  readonly restoring: number;
  /** Sent items whose original nobody has in hand; counted up to 2,000. */
  readonly sent: number;
  /** This worker may send for replays with sessions from here (R13). */
  readonly mayOrder: boolean;
  /** Workers that are alive, this one among them: they share the rates. */
  readonly workers: number;
}

export interface RunningReplay {
  readonly id: string;
  /** A discard archives in place of the send; a restore sends from the archive, and has no original to remove. */
  readonly kind: "replay" | "discard" | "restore";
  readonly targetPath: string;
  /** Copies a second now: its rate, or what ramp and quiet hours leave of it. */
  readonly rate: number;
  readonly burst: number;
  /** Copies a second into the target, whoever sends them; null: no policy says. */
  readonly entityRate: number | null;
  /** What holds it up, in words; null: nothing. */
  readonly notice: string | null;
  readonly messageIdPolicy: "preserve" | "new";
  readonly expiryPolicy: "keep" | "renew" | "none";
  readonly deliverAt: Date | null;
  /** The one subscription of the target that the copies are for; null: all that match. */
  readonly routeTo: string | null;
  readonly stamps: boolean;
  readonly ordered: boolean;
}

/** A message of the archive: it is there for an item of a restore, whatever else has its number. */
export interface ArchivedIdentity extends LockedIdentity {
  readonly itemId: string;
}

/** A discarded message that is to be restored, with what the index knows of it. */
export interface ArchivedMessage extends ArchivedIdentity {
  readonly encoded: Uint8Array;
  readonly reason: string;
  readonly description: string | null;
  readonly deliveryCount: number;
  readonly bodySize: number;
  readonly contentType: string | null;
  readonly subject: string | null;
  readonly correlationId: string | null;
  readonly sessionId: string | null;
  readonly partitionKey: string | null;
  readonly deadLetterSource: string | null;
  readonly expiresAt: Date | null;
  readonly properties: readonly z.infer<typeof typedProperty>[];
}

/** An open item without a lock, for the look whether its message is still there. */
export interface OpenItem {
  readonly id: string;
  readonly position: bigint;
  readonly key: string;
  readonly state: "planned" | "sent";
}

export interface Recovered {
  readonly workers: readonly string[];
  readonly released: number;
  /** Items of a dead worker that may have been sent, by replay. */
  readonly uncertain: readonly { readonly replayId: string; readonly queueId: number; readonly count: number }[];
}

export interface Settled {
  readonly replayId: string;
  readonly queueId: number;
  readonly arrived: number;
  readonly sentAgain: number;
  readonly byPolicy: number;
}

/**
 * The steps of a window. Every one is a single statement that writes only while the worker's lease is valid and only to
 * items that are in the state it starts from (fencing): it answers what it wrote, and a worker that gets back fewer than it
 * named has lost them to whoever recovered it.
 */
export interface LedgerWindows {
  /**
   * The items of locked messages that may go now; planned -> changed where the identity differs. The claim is the broker's
   * lock: only items of ordered replays become claimed, since there another worker must see what goes before (R13).
   */
  claim(request: ClaimRequest): Promise<Claims>;
  /** planned or claimed -> sending for as many as there are permits: permits and intents are one statement (R2, R6). */
  intend(request: {
    workerId: string;
    replayId: string;
    scopes: readonly ThrottleScope["scope"][];
    intents: readonly Intent[];
    sendTimeoutMs: number;
  }): Promise<Intended>;
  /**
   * planned -> sent for as many of a discard as there are permits: their bytes are kept and the ledger says so in one statement. As with a
   * copy that was sent, the original is removed after that.
   */
  archive(request: {
    workerId: string;
    replayId: string;
    scopes: readonly ThrottleScope["scope"][];
    originals: readonly {
      readonly id: string;
      readonly attempt: number;
      readonly hash: Uint8Array;
      readonly encoded: Uint8Array;
    }[];
  }): Promise<Intended>;
  /** sending -> sent, once the broker has accepted. Answers the ids recorded now or by an earlier call whose answer was lost. */
  recordSent(workerId: string, ids: readonly string[]): Promise<readonly string[]>;
  /** sent -> settled, and the dead letter has left as "replayed". */
  close(workerId: string, ids: readonly string[]): Promise<void>;
}

/**
 * The steps beside the windows: what went otherwise, and what every worker looks after. Fenced like those. Whatever makes an item gone,
 * changed, refused or failed cancels what is behind it in its session, in the same transaction (R13: a trigger, replay_item_stops_session).
 */
export interface LedgerStore {
  /** DLQs with work; takes the session lease of a DLQ for this worker where it is free. */
  work(workerId: string): Promise<QueueWork[]>;
  /** sending -> uncertain (R5). Nobody judges or resends within `holdMs`; what a person had judged was an earlier doubt. */
  recordDoubt(workerId: string, attempts: readonly Attempt[], error: string, holdMs: number): Promise<string[]>;
  /** The sender can write no more: the hold of these may end. */
  endHold(workerId: string, attempts: readonly Attempt[]): Promise<void>;
  /** Sent items whose original this worker could not remove: whoever locks it again does. */
  leaveSent(workerId: string, ids: readonly string[]): Promise<void>;
  /** claimed -> planned: nothing was intended. What has been intended since stays as it is. */
  release(workerId: string, ids: readonly string[]): Promise<void>;
  /**
   * claimed or sending -> planned: nothing of these attempts was sent, whether or not their intents are committed. Their numbers are used
   * up either way: an intent of one that is committed later finds another, and so does a taking back that runs once more.
   */
  takeBack(workerId: string, attempts: readonly Attempt[]): Promise<void>;
  /**
   * sending -> planned, or claimed if ordered: the intent is taken back, nothing of it was sent, and the lock is still held.
   * Answers the ids; the others, of a replay that no longer runs, are to be taken back.
   */
  retract(workerId: string, attempts: readonly Attempt[]): Promise<string[]>;
  /** What is on record as this worker's of a DLQ. */
  held(workerId: string, queueId: number): Promise<HeldItem[]>;
  /**
   * planned, claimed or sending -> failed: no copy can be made of it, or the broker refuses it for good. What is known to have arrived by an
   * earlier attempt goes back into doubt, which that settles.
   */
  recordFailed(workerId: string, attempts: readonly Attempt[], error: string): Promise<void>;
  /** planned or claimed -> refused, in doubt -> uncertain: the broker would take it and lose it (R10). */
  recordRefused(workerId: string, ids: readonly string[], error: string): Promise<void>;

  /** Planned and sent items of a DLQ from a position on, for the look whether their message is there. */
  openItems(queueId: number, from: bigint, limit: number): Promise<OpenItem[]>;
  /** A peek missed these: planned -> gone (or uncertain, if in doubt), sent -> settled. */
  recordMissing(workerId: string, ids: readonly string[]): Promise<void>;
  /** Planned messages of a restore from the archive, in order, without those that are known; their bytes up to `maxBytes` in all, one at least. */
  archived(replayId: string, known: readonly string[], limit: number, maxBytes: number): Promise<ArchivedMessage[]>;

  /** Takes over from workers whose lease has been over for `graceMs`: claimed -> planned, sending -> uncertain; what it had sent is left. */
  recover(workerId: string, graceMs: number): Promise<Recovered>;
  /** Settles doubt on evidence or by the replay's policy (R5); what has neither stays. */
  settleDoubt(workerId: string, sendTimeoutMs: number): Promise<Settled[]>;
  /** Completes replays with nothing open. */
  finish(workerId: string): Promise<{ id: string; kind: string; queueId: number; items: Record<string, number> }[]>;
  /** Running replays that have only uncertain items left, which neither evidence nor policy will settle. */
  stuckInDoubt(sendTimeoutMs: number): Promise<{ id: string; count: number }[]>;
  /** Says what holds a replay up, in words; null: nothing any more. They are over after `lastsMs` unless they are said again; null: never. */
  notice(replayId: string, words: string | null, lastsMs?: number | null): Promise<void>;
  /** Takes these words back; what others have said of a replay since stays. */
  unsay(replayIds: readonly string[], words: string): Promise<void>;
  /**
   * Says that these replays wait for locks, if that is so: this worker's own, which it no longer works on and which last for
   * `strandedMs` yet, or those of a worker that has ended.
   */
  noticeLocks(request: {
    workerId: string;
    replayIds: readonly string[];
    lockMs: number;
    strandedMs: number;
  }): Promise<void>;
}
