import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

/** A dead letter's error as a consumer or the broker wrote it, with the judgement by hand of what its cause is. */
export interface ErrorText {
  readonly label: string;
  readonly reason: string;
  readonly description: string;
}

/** Lines made of one template, each with other values. */
const LINES_PER_TEMPLATE = 4;

/**
 * The labelled error texts of a file beside this one: a template a line, filled with made-up values, the same ones in every run.
 *
 * @throws Error naming file and line when a template has a part missing or a kind of value that is not known.
 */
export function readErrorTexts(file: "templates.txt" | "held-out.txt"): ErrorText[] {
  const lines = readFileSync(path.join(import.meta.dirname, file), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const [label, reason, ...rest] = line.split(" | ");
    const description = rest.join(" | ");
    if (!label || !reason || description === "") {
      throw new Error(`${file}, line ${index + 1}: expected "label | reason | description"`);
    }
    return Array.from({ length: LINES_PER_TEMPLATE }, (_, copy) => ({
      label,
      reason: fill(reason, `${label}/${copy}/reason`, copy),
      description: fill(description, `${label}/${copy}`, copy),
    }));
  });
}

/** {kind} and {a;b;c} become values, {{ and }} braces, \n a line break. */
function fill(template: string, seed: string, copy: number): string {
  let place = 0;
  return template
    .replaceAll("\\n", "\n")
    .replaceAll("\\t", "\t")
    .replace(/\{\{|\}\}|\{([^{}]*(?:\}[^{}]*(?=;[^{}]*\}))?)\}/g, (whole, kind: string | undefined) => {
      if (kind === undefined) return whole.slice(0, 1);
      const random = randomNumbers(`${seed}/${place++}`);
      if (kind.includes(";")) {
        const choices = kind.split(";");
        return choices[(copy + place) % choices.length] ?? "";
      }
      const make = KINDS[kind];
      if (make === undefined)
        throw new Error(`{${kind}} is no kind of value; known are ${Object.keys(KINDS).join(", ")}`);
      return make(random);
    });
}

/** A number from 0 to below n. */
type RandomNumber = (n: number) => number;

function randomNumbers(seed: string): RandomNumber {
  let round = 0;
  return (n) => createHash("sha256").update(`${seed}#${round++}`).digest().readUIntBE(0, 6) % n;
}

const pick = (random: RandomNumber, values: readonly string[]): string => values[random(values.length)] ?? "";
const digits = (random: RandomNumber, count: number): string =>
  Array.from({ length: count }, (_, i) => (i === 0 ? 1 + random(9) : random(10))).join("");
const hex = (random: RandomNumber, count: number): string =>
  Array.from({ length: count }, () => random(16).toString(16)).join("");
const letters = (random: RandomNumber, count: number): string =>
  Array.from({ length: count }, () =>
    pick(random, [..."ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"]),
  ).join("");
const two = (n: number): string => String(n).padStart(2, "0");
const host = (random: RandomNumber): string =>
  pick(random, [
    "shop-prod.servicebus.windows.net",
    "pricing.internal",
    "api.crm.example.com",
    "sb-eu-2.servicebus.windows.net",
    "stock",
  ]);
const ip = (random: RandomNumber): string => `10.${random(256)}.${random(256)}.${1 + random(254)}`;
const date = (random: RandomNumber): string => `202${random(7)}-${two(1 + random(12))}-${two(1 + random(28))}`;
const clock = (random: RandomNumber): string => `${two(random(24))}:${two(random(60))}:${two(random(60))}`;

const KINDS: Readonly<Record<string, (random: RandomNumber) => string>> = {
  guid: (r) => `${hex(r, 8)}-${hex(r, 4)}-4${hex(r, 3)}-a${hex(r, 3)}-${hex(r, 12)}`,
  int: (r) => digits(r, 1 + r(5)),
  int12: (r) => digits(r, 12),
  big: (r) => digits(r, 7 + r(6)),
  dec: (r) => `${digits(r, 1 + r(5))}.${two(r(100))}`,
  ts: (r) =>
    pick(r, [`${date(r)}T${clock(r)}Z`, `${date(r)}T${clock(r)}.${digits(r, 3)}+02:00`, `${date(r)} ${clock(r)}`]),
  date,
  dur: (r) => pick(r, [`00:${two(r(60))}:${two(r(60))}`, `${digits(r, 2)} s`, `${digits(r, 4)}ms`]),
  ip,
  host,
  hostport: (r) => `${pick(r, [ip(r), host(r)])}:${pick(r, ["443", "5432", "8080", "6379", "10255"])}`,
  url: (r) => `https://${host(r)}/${pick(r, ["v1", "api", "orders"])}/${digits(r, 5)}?trace=${hex(r, 16)}`,
  email: (r) =>
    `${pick(r, ["anna", "b.lee", "o_neil", "info"])}${digits(r, 2)}@${pick(r, ["mail.example", "acme.test"])}`,
  path: (r) =>
    pick(r, [
      `/srv/app/data/${digits(r, 4)}/order-${digits(r, 6)}.json`,
      `/home/vsts/work/1/s/src/Orders/Handler${digits(r, 1)}.cs`,
      `C:\\inetpub\\app\\import\\${digits(r, 8)}.xml`,
      `/tmp/upload_${hex(r, 8)}`,
    ]),
  hex: (r) => hex(r, 32),
  id14: (r) => letters(r, 14),
  ord: (r) => pick(r, [`ORD-${digits(r, 6)}`, `A${digits(r, 7)}`, digits(r, 8), `2024-${digits(r, 5)}`]),
  iban: (r) => `DE${digits(r, 20)}`,
};
