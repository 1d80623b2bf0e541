import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROLES, type Role } from "../../lib/domain/permissions";

export interface Account {
  readonly account: string;
  readonly password: string;
  readonly role: Role;
}

/** What the embedded mode generates once and keeps, readable by its owner alone. */
export interface Secrets {
  /** Signs the sessions. */
  readonly sessionSecret: string;
  readonly metricsToken: string;
  /** One for each role, named after it. */
  readonly accounts: readonly Account[];
}

/** No letters that are mistaken for another. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

export function readSecrets(data: string): Secrets {
  const file = join(data, "secrets.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Secrets;
  const secrets: Secrets = {
    sessionSecret: randomBytes(33).toString("base64"),
    metricsToken: randomBytes(24).toString("hex"),
    accounts: ROLES.map((role) => ({ account: role, password: generatePassword(), role })),
  };
  // Under its final name only when it is whole.
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secrets;
}

/** 15 letters in groups of five: 74 bits. */
function generatePassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return [group(), group(), group()].join("-");
}
