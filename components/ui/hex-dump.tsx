import { ScrollBox } from "./scroll-box";

const WIDTH = 16;
const LINES_SHOWN = 256;

/** Bytes as offset, hex and printable characters; the first 4 kB. */
export function HexDump({ bytes, label }: { bytes: Uint8Array; label: string }) {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length && lines.length < LINES_SHOWN; at += WIDTH) {
    const part = [...bytes.subarray(at, at + WIDTH)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const characters = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(WIDTH * 3 - 1)}  ${characters}`);
  }
  const rest = bytes.length - lines.length * WIDTH;
  return (
    <>
      <ScrollBox label={label}>{lines.join("\n")}</ScrollBox>
      {rest > 0 && <p className="px-4 pb-3 text-sm text-soft">and {rest} bytes more</p>}
    </>
  );
}
