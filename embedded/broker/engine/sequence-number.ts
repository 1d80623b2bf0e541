/**
 * Sequence numbers. Inside the broker a message's key is partition * 2^48 + counter as a plain number (at most 16 partitions,
 * so below 2^52 and exact). On the wire a partitioned entity's number carries its partition in the top 16 bits, spread so
 * that numbers pass 2^53 early, as the service's do: clients must not squeeze them into a double.
 */
const COUNTERS = 2 ** 48;
const WIRE_PARTITION_STEP = 16;

export const PARTITIONS = 16;

export function keyOf(partition: number, counter: number): number {
  return partition * COUNTERS + counter;
}

export function partitionOf(key: number): number {
  return Math.floor(key / COUNTERS);
}

export function counterOf(key: number): number {
  return key % COUNTERS;
}

/** Writes the 8 bytes of the sequence number at `offset`. */
export function writeSequenceNumber(key: number, target: Buffer, offset: number): void {
  target.writeUInt16BE(partitionOf(key) * WIRE_PARTITION_STEP, offset);
  target.writeUIntBE(counterOf(key), offset + 2, 6);
}

export function sequenceNumberOf(key: number): bigint {
  return (BigInt(partitionOf(key) * WIRE_PARTITION_STEP) << 48n) + BigInt(counterOf(key));
}

/** The key of a sequence number; for one that no message can have, the next key above it (peek asks from anywhere). */
export function keyFromSequenceNumber(sequenceNumber: bigint): number {
  if (sequenceNumber <= 0n) return 0;
  const wirePartition = Number(sequenceNumber >> 48n);
  const counter = Number(sequenceNumber & 0xffffffffffffn);
  const partition = Math.floor(wirePartition / WIRE_PARTITION_STEP);
  if (partition >= PARTITIONS) return Number.MAX_SAFE_INTEGER;
  return wirePartition % WIRE_PARTITION_STEP === 0 ? keyOf(partition, counter) : keyOf(partition + 1, 0);
}
