/** One message of PostgreSQL's protocol. The type is a letter; the first of a client has none. */
export interface Frame {
  readonly type: string | null;
  readonly body: Buffer;
  /** All of it, as it came. */
  readonly bytes: Buffer;
}

/** Takes the bytes of one direction apart into messages, wherever the network has cut them. */
export class PostgresFrames {
  #rest: Buffer = Buffer.alloc(0);
  #isFirst: boolean;

  /** `client`: its first message has no type. */
  constructor(from: "client" | "server") {
    this.#isFirst = from === "client";
  }

  /** Messages that are complete now. */
  push(chunk: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const start = this.#isFirst ? 0 : 1;
      if (this.#rest.length < start + 4) return frames;
      const length = start + this.#rest.readInt32BE(start);
      if (this.#rest.length < length) return frames;
      const bytes = this.#rest.subarray(0, length);
      frames.push({
        type: start === 0 ? null : String.fromCharCode(bytes[0] as number),
        body: bytes.subarray(start + 4),
        bytes,
      });
      this.#isFirst = false;
      this.#rest = this.#rest.subarray(length);
    }
  }
}

/** The text that ends with a zero byte, and what comes after it. */
export function readText(body: Buffer): { text: string; rest: Buffer } {
  const end = body.indexOf(0);
  return { text: body.toString("utf8", 0, end), rest: body.subarray(end + 1) };
}

/** Values of a row as text; null where there is none. */
export function readRow(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  for (let at = 2, left = body.readInt16BE(0); left > 0; left -= 1) {
    const length = body.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : body.toString("utf8", at, at + length));
    at += Math.max(0, length);
  }
  return values;
}
