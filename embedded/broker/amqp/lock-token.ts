/**
 * A lock token is 16 bytes. A delivery tag carries them as a .NET GUID, whose first three groups are little-endian; management
 * calls carry them as an AMQP uuid in network order. This turns one into the other; it is its own inverse.
 */
export function swapGuid(bytes: Uint8Array): Buffer {
  const b = Buffer.from(bytes);
  if (b.length !== 16) return b;
  b.subarray(0, 4).reverse();
  b.subarray(4, 6).reverse();
  b.subarray(6, 8).reverse();
  return b;
}

const TICKS_AT_EPOCH = 621_355_968_000_000_000n;

/** .NET ticks (100 ns since year 1) of a time in ms. */
export function ticksOf(time: number): bigint {
  return BigInt(Math.trunc(time)) * 10_000n + TICKS_AT_EPOCH;
}
