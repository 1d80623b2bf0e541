import type { ConfirmToken } from "@/lib/contracts/confirmations";

export interface FoundToken {
  readonly id: string;
  readonly namespaceId: number;
  readonly hash: Uint8Array;
}

export interface ConfirmationStore {
  /** Null when there is no such configured namespace. */
  makeToken(token: {
    readonly id: string;
    readonly namespace: string;
    readonly name: string;
    readonly hash: Uint8Array;
    readonly createdBy: string;
  }): Promise<{ namespaceId: number } | null>;
  /** Newest first, those still good before those revoked. */
  tokens(): Promise<{ at: string; items: ConfirmToken[]; namespaces: string[] }>;
  /** The token's name; null when there is none that is still good. */
  revokeToken(id: string, by: string): Promise<string | null>;
  /** Null: unknown, revoked, or of a namespace that is no longer configured. */
  findToken(id: string): Promise<FoundToken | null>;
  /** Counts a call against the token's limit: ms to wait before the next one; 0: go ahead. */
  admit(id: string, limit: { readonly perSecond: number; readonly burst: number }): Promise<number>;
  /**
   * Marks copies that were sent into the namespace as confirmed; one in doubt had arrived (R5). A second time nothing is
   * changed. Answers which were confirmed now and which before; the others are no copies of it.
   */
  confirm(
    token: Pick<FoundToken, "id" | "namespaceId">,
    items: readonly string[],
  ): Promise<{ readonly now: string[]; readonly before: string[] }>;
}
