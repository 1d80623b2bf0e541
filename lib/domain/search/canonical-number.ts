const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/** Exponents beyond this are kept as they are written: no consumer computes with them. */
const MAX_EXPONENT = 1_000;

/**
 * A decimal number in its one form, digits and exponent, so that 100, 100.0 and 1e2 are the same and 64-bit ids stay
 * apart. Null when the text is no decimal number or beyond 10^1000.
 */
export function canonicalNumber(text: string): string | null {
  const found = NUMBER.exec(text);
  if (found === null || (found[2] === "" && found[3] === "")) return null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  if (Math.abs(power) > MAX_EXPONENT || significant.length > MAX_EXPONENT) return null;
  return `${sign === "-" ? "-" : ""}${significant}${power === 0 ? "" : `e${power}`}`;
}
