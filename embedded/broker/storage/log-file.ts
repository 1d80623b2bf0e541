import {
  closeSync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** A block is its length, the CRC of its content, and the content: what one flush wrote, all of it or nothing. */
const HEAD = 8;

/** One file of the log. `live` counts the messages whose newest copy it holds. */
export class Segment {
  readonly number: number;
  readonly path: string;
  size = 0;
  live = 0;

  constructor(directory: string, number: number) {
    this.number = number;
    this.path = join(directory, `log-${String(number).padStart(8, "0")}.bin`);
  }
}

/** Segments in a data folder, oldest first. */
export function listSegments(directory: string): Segment[] {
  return readdirSync(directory)
    .map((name) => /^log-(\d{8})\.bin$/.exec(name)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => new Segment(directory, number));
}

/**
 * The whole blocks of a segment. A torn block at the end of the newest segment is what a kill in the middle of a write
 * leaves: it is cut off, nobody was told of it. Anywhere else it is damage: throws an Error that names the file.
 */
export function readBlocks(segment: Segment, isNewest: boolean): Buffer[] {
  const file = readFileSync(segment.path);
  const blocks: Buffer[] = [];
  let at = 0;
  while (at + HEAD <= file.length) {
    const length = file.readUInt32BE(at);
    const content = file.subarray(at + HEAD, at + HEAD + length);
    if (content.length < length || crc32(content) !== file.readUInt32BE(at + 4)) break;
    blocks.push(content);
    at += HEAD + length;
  }
  if (at < file.length) {
    if (!isNewest) throw new Error(`${segment.path} is damaged at byte ${at}.`);
    const descriptor = openSync(segment.path, "r+");
    ftruncateSync(descriptor, at);
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
  segment.size = at;
  return blocks;
}

export function deleteSegment(segment: Segment): void {
  unlinkSync(segment.path);
}

/** The segment that is written to. */
export class LogWriter {
  readonly segment: Segment;
  readonly #descriptor: number;
  readonly #head = Buffer.alloc(HEAD);
  #unsynced = false;
  #syncing = false;

  constructor(segment: Segment) {
    this.segment = segment;
    this.#descriptor = openSync(segment.path, "a");
  }

  /** Hands one block to the operating system: it survives the end of this process, not yet a loss of power. */
  write(content: Buffer): void {
    this.#head.writeUInt32BE(content.length, 0);
    this.#head.writeUInt32BE(crc32(content), 4);
    const block = Buffer.concat([this.#head, content]);
    let written = 0;
    while (written < block.length) written += writeSync(this.#descriptor, block, written);
    this.segment.size += block.length;
    this.#unsynced = true;
  }

  /** Writes to the disk what is not there yet, without waiting for it. */
  syncLater(): void {
    if (!this.#unsynced || this.#syncing) return;
    this.#unsynced = false;
    this.#syncing = true;
    fsync(this.#descriptor, () => {
      this.#syncing = false;
    });
  }

  close(): void {
    if (this.#unsynced) fdatasyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}
