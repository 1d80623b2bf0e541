/** Bytes of one line, and how many lines are shown: the first 4 kB. */
const WIDTH = 16;
const LINES_SHOWN = 256;

/** Bytes as lines of offset, hex and printable characters, and how many bytes lie beyond the last line. */
export function hexLines(bytes: Uint8Array): { readonly lines: readonly string[]; readonly rest: number } {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length && lines.length < LINES_SHOWN; at += WIDTH) {
    const part = [...bytes.subarray(at, at + WIDTH)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const characters = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(WIDTH * 3 - 1)}  ${characters}`);
  }
  return { lines, rest: Math.max(0, bytes.length - lines.length * WIDTH) };
}
