import type { Database } from "./database";
import { Prisma } from "./generated/client";

/** Numbers within 2^53 or null, texts without null, or times in ms or null. */
type Kind = "whole" | "text" | "time";
interface Column {
  readonly kind: Kind;
  readonly of: Prisma.Sql;
}

export const whole = (of: Prisma.Sql) => ({ kind: "whole", of }) as const;
export const text = (of: Prisma.Sql) => ({ kind: "text", of }) as const;
/** A timestamptz, read in ms since 1970. */
export const time = (of: Prisma.Sql) => ({ kind: "time", of }) as const;

type Values<C extends Column> = C["kind"] extends "text" ? (string | null)[] : (number | null)[];
type Columns<S extends Readonly<Record<string, Column>>> = {
  readonly [Name in keyof S]: Values<S[Name]>;
} & { readonly length: number };

/**
 * The rows of a query as columns, each as one text: for pages of thousands of rows, where server and client alike would spend more time on
 * the name and the type of each value than on the query. `source` is what follows FROM.
 */
export async function readColumns<const S extends Readonly<Record<string, Column>>>(
  db: Database,
  columns: S,
  source: Prisma.Sql,
  before = Prisma.empty,
): Promise<Columns<S>> {
  const names = Object.keys(columns);
  const written = names.map((name) => {
    const { kind, of } = columns[name] as Column;
    return Prisma.sql`${writtenAs(kind, of)} AS ${Prisma.raw(`"${name}"`)}`;
  });
  const [row] = await db.$queryRaw<Record<string, string | number | null>[]>`
    ${before} SELECT count(*)::int AS "length", ${Prisma.join(written)} FROM ${source}`;
  const read = (name: string) => parse((columns[name] as Column).kind, (row?.[name] ?? null) as string | null);
  return Object.fromEntries([
    ["length", row?.length ?? 0],
    ...names.map((name) => [name, read(name)]),
  ]) as unknown as Columns<S>;
}

function writtenAs(kind: Kind, of: Prisma.Sql): Prisma.Sql {
  switch (kind) {
    case "whole":
      return Prisma.sql`array_agg(${of})::text`;
    case "time":
      return Prisma.sql`array_agg((date_part('epoch', ${of}) * 1000)::bigint)::text`;
    case "text":
      return Prisma.sql`json_agg(${of})::text`;
  }
}

function parse(kind: Kind, written: string | null): (string | number | null)[] {
  if (written === null) return [];
  return kind === "text" ? (JSON.parse(written) as (string | null)[]) : readNumbers(written);
}

const [COMMA, MINUS, ZERO, NULL_BEGINS] = [",", "-", "0", "N"].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];

/** "{1,NULL,-3}", as PostgreSQL writes an array of whole numbers: read sign by sign, since pages read tens of thousands. */
export function readNumbers(written: string): (number | null)[] {
  const numbers: (number | null)[] = [];
  for (let at = 1; at < written.length - 1; at++) {
    if (written.charCodeAt(at) === NULL_BEGINS) {
      numbers.push(null);
      at += "NULL".length;
      continue;
    }
    const isNegative = written.charCodeAt(at) === MINUS;
    if (isNegative) at++;
    let value = 0;
    for (; at < written.length - 1 && written.charCodeAt(at) !== COMMA; at++)
      value = value * 10 + (written.charCodeAt(at) - ZERO);
    numbers.push(isNegative ? -value : value);
  }
  return numbers;
}
