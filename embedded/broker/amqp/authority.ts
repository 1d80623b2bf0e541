import { createHmac, timingSafeEqual } from "node:crypto";
import { BrokerFault } from "../engine/broker-fault";

export type Right = "Send" | "Listen" | "Manage";

/** A shared access key that clients may sign their tokens with. */
export interface AccessKey {
  readonly name: string;
  readonly key: string;
  readonly rights: readonly Right[];
}

/** Checks tokens when keys are configured; without any, everybody may do everything, as with Microsoft's emulator. */
export class Authority {
  readonly #keys: ReadonlyMap<string, AccessKey>;

  constructor(keys: readonly AccessKey[]) {
    this.#keys = new Map(keys.map((key) => [key.name, key]));
  }

  newConnection(): ConnectionRights {
    return new ConnectionRights(this);
  }

  get open(): boolean {
    return this.#keys.size === 0;
  }

  /** What a shared access signature grants and until when. Throws `BrokerFault` when it is not genuine or has expired. */
  verify(token: string, now: number): { resource: string; rights: readonly Right[]; expiresAt: number } {
    const match = /^SharedAccessSignature (.+)$/.exec(token);
    const fields = new URLSearchParams(match?.[1] ?? "");
    const resource = fields.get("sr");
    const signature = fields.get("sig");
    const expiry = fields.get("se");
    const key = this.#keys.get(fields.get("skn") ?? "");
    if (resource === null || signature === null || expiry === null || key === undefined)
      throw refused("InvalidSignature: The token is malformed or its key is unknown.");
    // What is signed is the resource as it is written in the token: clients differ in how they encode it.
    const written = /(?:^|&)sr=([^&]*)/.exec(match?.[1] ?? "")?.[1] ?? "";
    const expected = createHmac("sha256", key.key).update(`${written}\n${expiry}`).digest();
    const given = Buffer.from(signature, "base64");
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw refused("InvalidSignature: The token has an invalid signature.");
    const expiresAt = Number(expiry) * 1000;
    if (!(expiresAt > now)) throw refused("ExpiredToken: The token is expired.");
    return { resource, rights: key.rights, expiresAt };
  }
}

interface Grant {
  readonly path: string;
  readonly rights: readonly Right[];
  readonly expiresAt: number;
}

/** What one connection's tokens let it do. */
export class ConnectionRights {
  readonly #authority: Authority;
  #grants: Grant[] = [];

  constructor(authority: Authority) {
    this.#authority = authority;
  }

  putToken(audience: string, type: string, token: string, now: number): void {
    if (this.#authority.open) return;
    if (type !== "servicebus.windows.net:sastoken")
      throw refused("InvalidIssuer: Only shared access signatures are accepted here.");
    const { resource, rights, expiresAt } = this.#authority.verify(token, now);
    const path = pathOf(resource);
    if (!covers(path, pathOf(audience))) throw refused("The token is for another resource.");
    this.#grants = this.#grants.filter((grant) => grant.expiresAt > now);
    this.#grants.push({ path, rights, expiresAt });
  }

  /** When the next of the tokens runs out, in ms of the broker's time; Infinity when none will. */
  nextExpiry(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { expiresAt } of this.#grants) if (expiresAt > now && expiresAt < next) next = expiresAt;
    return next;
  }

  /** Whether a link to this address may stay: `right` null asks for any (a link whose requests need different ones). */
  holds(right: Right | null, address: string, now: number): boolean {
    if (this.#authority.open) return true;
    const path = pathOf(address);
    return this.#grants.some(
      (grant) => grant.expiresAt > now && covers(grant.path, path) && (right === null || grant.rights.includes(right)),
    );
  }

  /**
   * `address` is a link's, sub-queue and $management included; a token counts until its expiry, of which `now` decides. Throws
   * `BrokerFault` unauthorized-access.
   */
  demand(right: Right, address: string, now: number): void {
    if (this.#authority.open) return;
    const path = pathOf(address);
    const granting = this.#grants.filter((grant) => covers(grant.path, path) && grant.rights.includes(right));
    if (granting.some((grant) => grant.expiresAt > now)) return;
    if (granting.length > 0) throw refused(`ExpiredToken: The token is expired. Resource: '${address}'.`);
    throw refused(
      `Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: '${address}'.`,
    );
  }
}

function pathOf(resource: string): string {
  return resource
    .toLowerCase()
    .replace(/^[a-z]+:\/\/[^/]*/, "")
    .replace(/^\/+/, "")
    .replace(/\/+$/, "");
}

function covers(granted: string, path: string): boolean {
  return granted === "" || path === granted || path.startsWith(`${granted}/`);
}

function refused(description: string): BrokerFault {
  return new BrokerFault("amqp:unauthorized-access", description);
}
