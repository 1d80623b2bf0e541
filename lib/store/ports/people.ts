import type { Permission, Role } from "@/lib/domain/permissions";

/** A local account with what is needed to check its password. */
export interface LocalAccount {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly passwordHash: string | null;
  readonly disabledAt: Date | null;
}

/** Who a session belongs to, with the roles as they are now. */
export interface SignedInPerson {
  readonly sessionId: string;
  readonly personId: string;
  readonly name: string;
  readonly email: string | null;
  /** As stored; unknown ones grant nothing. */
  readonly roles: readonly string[];
}

/** Seconds after which a session is over, whatever its token says. */
export interface SessionLimits {
  /** Since signing in. */
  readonly absoluteSeconds: number;
  /** Since the last page opened or act done. */
  readonly idleSeconds: number;
}

/** Delays after failed sign-ins: none for the first `free`, then doubling from one second up to `maxSeconds`. */
export interface BackOff {
  readonly key: string;
  readonly free: number;
  readonly maxSeconds: number;
}

export interface PersonStore {
  /** Whether a person has the permission at this moment; it stays so until the transaction ends. */
  mayNow(personId: string, permission: Permission): Promise<boolean>;
  findLocal(account: string): Promise<LocalAccount | null>;
  /** Null when the account exists already. */
  createLocal(person: {
    readonly account: string;
    readonly name: string;
    readonly roles: readonly Role[];
    readonly passwordHash: string;
  }): Promise<string | null>;
  setPasswordHash(personId: string, passwordHash: string): Promise<void>;
  /** Creates or updates the provider's subject with its present name, address and roles. */
  upsertOidc(person: {
    readonly subject: string;
    readonly name: string;
    readonly email: string | null;
    readonly roles: readonly Role[];
  }): Promise<{ readonly id: string; readonly created: boolean; readonly disabledAt: Date | null }>;

  startSession(personId: string): Promise<string>;
  /** The person of a session that is neither ended, over its limits, nor of a disabled person; `active` restarts the idle limit. */
  readSession(sessionId: string, limits: SessionLimits, active: boolean): Promise<SignedInPerson | null>;
  /** Ends a running session; its person, or null when there was none to end. */
  endSession(sessionId: string): Promise<{ readonly id: string; readonly name: string } | null>;
  endSessionsOf(personId: string): Promise<void>;

  /**
   * Counts an attempt as failed before the password is looked at, so that guesses side by side cannot slip past each
   * other. Returns the seconds to wait when one of the keys is blocked; then nothing was counted. Zero: go on.
   */
  takeSignInAttempt(keys: readonly BackOff[]): Promise<number>;
  /** Forgets the failures of these keys, after a success. */
  clearSignInAttempts(keys: readonly string[]): Promise<void>;
}
