import { hexLines } from "./hex-lines";
import { ScrollBox } from "./scroll-box";

/** Bytes as offset, hex and printable characters; the first 4 kB. */
export function HexDump({ bytes, label }: { bytes: Uint8Array; label: string }) {
  const { lines, rest } = hexLines(bytes);
  return (
    <>
      <ScrollBox label={label}>{lines.join("\n")}</ScrollBox>
      {rest > 0 && <p className="px-4 pb-3 text-sm text-soft">and {rest} bytes more</p>}
    </>
  );
}
