import type pg from "pg";
import { fingerprintOf } from "@/lib/domain/fingerprint";
import { encodeMessage } from "../embedded/sample/traffic/encode-message";
import { orderCreated } from "../embedded/sample/traffic/orders";
import { createRandom, hexOf, type Random } from "../embedded/sample/traffic/random";

/**
 * An index full of dead letters, as a scan would have left it: the sample shop's orders of about 1 KB, in 1,000 queues with 2,000
 * causes. A tenth lies in one queue with 100 causes, nearly a fifth in nine others; seven in ten came in an outage of their cause, three
 * hours of the last two weeks, the others whenever. It is the same on every machine but for the time that it is counted from.
 */
export const QUEUES = 1_000;
export const CAUSES = 2_000;
const LARGEST_CAUSES = 101;
/** The first ones: the largest with a tenth of the messages, nine others with nearly a fifth. */
export const LARGE_QUEUES = 10;
/** Words in the bodies and the share of messages that hold them; one of twelve letters stands in every body. */
export const WORDS = {
  half: "refrigerated",
  hundredth: "biohazardous",
  rarest: "ostrichplume",
  else: "unremarkable",
} as const;
/** The property in which each message carries the word of its body; databases that were filled before have none. */
export const HANDLING = "handling";
/** One in so many messages holds the rarest word. */
export const RAREST_EVERY = 100_000;

const BATCH = 4_000;
const DAYS = 14;
const MINUTE = 60_000;
const ORDER_DIGITS = 19;

const REASONS = [
  "MaxDeliveryCountExceeded",
  "TTLExpiredException",
  "ValidationFailed",
  "UnsupportedSchemaVersion",
  "PaymentDeclined",
  "System.TimeoutException",
  "JsonReaderException",
  "E-1042",
] as const;
const VERBS = [
  "reserve",
  "capture",
  "ship",
  "refund",
  "index",
  "notify",
  "price",
  "archive",
  "route",
  "verify",
] as const;
const NOUNS = [
  "stock",
  "payment",
  "parcel",
  "invoice",
  "customer",
  "shipment",
  "voucher",
  "label",
  "return",
  "address",
] as const;
const FAULTS = [
  "the warehouse did not answer within 30 s",
  "field 'shipTo.region' must not be null",
  "connection refused by 10.2.7.31:5432",
  "duplicate key value violates unique constraint",
  "could not deserialise the amount",
] as const;

interface CauseOf {
  readonly id: string;
  readonly reason: string;
  readonly description: string;
  readonly outageMinutesAgo: number;
}

export interface FilledQueue {
  readonly id: number;
  readonly causes: readonly CauseOf[];
}

/** A namespace with its queues and causes, without messages. */
export async function makeQueues(pool: pg.Pool): Promise<FilledQueue[]> {
  await pool.query(`INSERT INTO namespace (name, broker, listed_at) VALUES ('bench', 'service-bus', now())`);
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO queue (namespace_id, entity_path, entity_kind, sub_queue, origin_path, settings, settings_read_at, scanned_at, walked_at,
       count_read_at, count, oldest_read_at, next_scan_at)
     SELECT n.id, 'team-' || i % 40 || '/queue-' || i, 'queue', 'dead-letter', 'team-' || i % 40 || '/queue-' || i, $1::jsonb, now(), now(), now(),
       now(), 0, now(), now() + interval '1 y'
     FROM namespace n, generate_series(1, $2) i ORDER BY i RETURNING id`,
    [JSON.stringify({ partitioned: false, requiresSession: false, lockSeconds: 60, maxDeliveryCount: 10 }), QUEUES],
  );
  const outages = outagesMinutesAgo();
  const given = Array.from({ length: CAUSES }, (_, n) => {
    const reason = REASONS[n % REASONS.length] as string;
    const step = `${VERBS[n % 10]}-${NOUNS[Math.floor(n / 10) % 10]}`;
    const description = `Step ${step}${"abcdefghijklmnopqrst"[Math.floor(n / 100)]} failed for order 7300000000000000000: ${FAULTS[n % 5]}`;
    const { signature, signatureVersion, fingerprint } = fingerprintOf({
      reason,
      description,
      subject: null,
      properties: [],
    });
    return {
      queue: rows[queueOfCause(n)]?.id,
      reason,
      description,
      signature,
      signatureVersion,
      fingerprint,
      outageMinutesAgo: outages[n] as number,
    };
  });
  const made = await pool.query<{ id: string; n: string }>(
    `WITH given AS (SELECT row_number() OVER () AS n, x.* FROM jsonb_to_recordset($1::jsonb) AS x(
       queue int, reason text, description text, signature text, "signatureVersion" int, fingerprint text))
     INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint, example)
     SELECT queue, reason, signature, "signatureVersion", fingerprint, description FROM given ORDER BY n RETURNING id`,
    [JSON.stringify(given)],
  );
  const queues = rows.map(({ id }) => ({ id, causes: [] as CauseOf[] }));
  for (const [n, cause] of given.entries()) {
    queues[queueOfCause(n)]?.causes.push({ ...cause, id: (made.rows[n] as { id: string }).id });
  }
  return queues;
}

/** The queues of a database that was filled before, in their order; none where it was not. */
export async function readQueues(pool: pg.Pool): Promise<FilledQueue[]> {
  const outages = outagesMinutesAgo();
  const { rows } = await pool.query<{ id: number; causes: (Omit<CauseOf, "outageMinutesAgo"> & { n: number })[] }>(
    `SELECT c.queue_id AS id, jsonb_agg(jsonb_build_object('id', c.id::text, 'reason', c.reason, 'description', c.example, 'n', c.n) ORDER BY c.n) AS causes
     FROM (SELECT c.*, row_number() OVER (ORDER BY c.id) - 1 AS n FROM cause c JOIN queue q ON q.id = c.queue_id
       JOIN namespace n ON n.id = q.namespace_id WHERE n.name = 'bench') c
     GROUP BY c.queue_id ORDER BY c.queue_id`,
  );
  return rows.map(({ id, causes }) => ({
    id,
    causes: causes.map(({ n, ...cause }) => ({ ...cause, outageMinutesAgo: outages[n] as number })),
  }));
}

/** When each cause had its outage, in the order in which causes are made: what goes on with a kept database gives them no second one. */
function outagesMinutesAgo(): number[] {
  const random = createRandom(7);
  return Array.from({ length: CAUSES }, () => random.whole(10, DAYS * 1_440 - 200));
}

/** Messages that are there, and in no other queues than the bench's. */
export async function countMessages(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>("SELECT count(*)::int AS n FROM dead_letter WHERE left_at IS NULL");
  return rows[0]?.n ?? 0;
}

/** True where every message carries its word as a property: the first one does, and what was filled after it was filled by the same or a newer bench. */
export async function carriesHandling(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ carried: boolean }>(
    "SELECT properties @> $1::jsonb AS carried FROM dead_letter ORDER BY id LIMIT 1",
    [JSON.stringify([{ name: HANDLING }])],
  );
  return rows[0]?.carried ?? false;
}

/** 101 causes in the first queue, then two each, and one each for the rest. */
function queueOfCause(n: number): number {
  const beyond = n - LARGEST_CAUSES;
  if (beyond < 0) return 0;
  return beyond < 1_800 ? 1 + Math.floor(beyond / 2) : 901 + (beyond - 1_800);
}

/** Fills up from `from` to `to` messages; `at` is the time that ages are counted from. */
export async function fill(
  pool: pg.Pool,
  queues: readonly FilledQueue[],
  from: number,
  to: number,
  at: number,
): Promise<void> {
  const bases = makeBases(at);
  const tasks: number[] = [];
  for (let start = from; start < to; start += BATCH) tasks.push(start);
  // Two connections: one makes messages while the database writes those of the other.
  await Promise.all(
    [0, 1].map(async () => {
      for (let start = tasks.shift(); start !== undefined; start = tasks.shift()) {
        await insert(pool, queues, bases, start, Math.min(start + BATCH, to), at);
      }
    }),
  );
  await pool.query(`UPDATE queue q SET count = f.n, oldest_enqueued_at = f.oldest, high_water = f.high
    FROM (SELECT queue_id, count(*) AS n, min(enqueued_at) AS oldest, max(position) AS high FROM dead_letter GROUP BY queue_id) f WHERE f.queue_id = q.id`);
  await pool.query("VACUUM ANALYZE");
}

interface Base {
  readonly encoded: Buffer;
  readonly bodySize: number;
  readonly properties: { readonly name: string; readonly type: string; readonly value: string }[];
  /** Where the order's number and the word stand in the bytes. */
  readonly numberAt: readonly number[];
  readonly wordAt: readonly number[];
}

/** Some hundred orders; a message is one of them with a number and a word of its own written over its bytes. */
function makeBases(at: number): Base[] {
  const random = createRandom(11);
  return Array.from({ length: 400 }, (_, n) => {
    const message = orderCreated(`bench-${n}`, {}, random, new Date(at - 60_000));
    const number = /"orderId":(\d{19})/.exec(message.body.toString())?.[1] as string;
    const body = Buffer.from(message.body.toString().replace('"tenant":', `"handling":"${WORDS.else}","tenant":`));
    const handled = { ...message.properties, [HANDLING]: { type: "string", value: WORDS.else } } as const;
    const encoded = encodeMessage({ ...message, body, properties: handled }, new Date(at));
    const properties = Object.entries(message.properties).map(([name, { type, value }]) => ({
      name,
      type,
      value: value instanceof Date ? value.toISOString() : String(value),
    }));
    return {
      encoded,
      bodySize: body.length,
      properties,
      numberAt: placesOf(number, encoded),
      wordAt: placesOf(WORDS.else, encoded),
    };
  });
}

function placesOf(text: string, encoded: Buffer): number[] {
  const places: number[] = [];
  for (let place = encoded.indexOf(text); place >= 0; place = encoded.indexOf(text, place + 1)) places.push(place);
  return places;
}

async function insert(
  pool: pg.Pool,
  queues: readonly FilledQueue[],
  bases: readonly Base[],
  from: number,
  to: number,
  at: number,
): Promise<void> {
  const rows: unknown[] = [];
  const contents: Buffer[] = [];
  let offset = 1;
  for (let n = from; n < to; n++) {
    const random = createRandom(n * 2_654_435_761);
    const queue = queues[pickQueue(random)] as FilledQueue;
    const cause = random.pick(queue.causes as [CauseOf, ...CauseOf[]]);
    const base = random.pick(bases as [Base, ...Base[]]);
    const number = String(7_300_000_000_000_000_000n + BigInt(n) * 1_000_003n).padStart(ORDER_DIGITS, "0");
    const encoded = Buffer.from(base.encoded);
    for (const place of base.numberAt) encoded.write(number, place, "latin1");
    const word = wordOf(n);
    for (const place of base.wordAt) encoded.write(word, place, "latin1");
    const minutesAgo = random.chance(0.7) ? cause.outageMinutesAgo + random.next() * 180 : random.next() * DAYS * 1_440;
    const enqueued = at - Math.round(minutesAgo * MINUTE);
    contents.push(encoded);
    rows.push({
      q: queue.id,
      c: cause.id,
      k: n + 1,
      m: hexOf(32, n),
      e: new Date(enqueued).toISOString(),
      f: new Date(Math.min(at, enqueued + random.whole(2_000, 600_000))).toISOString(),
      r: cause.reason,
      d: cause.description.replace("7300000000000000000", number),
      t: random.whole(1, 10),
      s: encoded.length,
      b: base.bodySize,
      o: hexOf(32, "trace", n),
      p: [...base.properties, { name: HANDLING, type: "string", value: word }],
      u: `orders/${number}`,
      a: offset,
    });
    offset += encoded.length;
  }
  await pool.query(
    `WITH given AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
         q int, c bigint, k bigint, m text, e timestamptz, f timestamptz, r text, d text, t int, s int, b int, o text, p jsonb, u text, a int)
     ), letters AS (
       INSERT INTO dead_letter (queue_id, cause_id, key, position, message_id, enqueued_at, first_seen_at, seen_in_walk, reason, description,
         delivery_count, size, body_size, content_type, subject, correlation_id, properties, content_hash, root_enqueued_at)
       SELECT q, c, k::text, k, m, e, f, 1, r, d, t, s, b, 'application/cloudevents+json', u, o, p, sha256(m::bytea), e FROM given g ORDER BY g.k
       RETURNING id, position
     )
     INSERT INTO dead_letter_content (dead_letter_id, encoded)
     SELECT l.id, substring($2::bytea FROM g.a FOR g.s) FROM letters l JOIN given g ON g.k = l.position`,
    [JSON.stringify(rows), Buffer.concat(contents)],
  );
}

function pickQueue(random: Random): number {
  const share = random.next();
  if (share < 0.1) return 0;
  return share < 0.28 ? random.whole(1, LARGE_QUEUES - 1) : random.whole(LARGE_QUEUES, QUEUES - 1);
}

function wordOf(n: number): string {
  if (n % RAREST_EVERY === 7) return WORDS.rarest;
  if (n % 100 === 3) return WORDS.hundredth;
  return n % 2 === 0 ? WORDS.half : WORDS.else;
}
