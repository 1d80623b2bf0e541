const THIN = "\u202f";

/** Groups digits with a narrow no-break space, from four on, so that figures of a column line up: 1 304, 12 304. */
export function numberText(value: number): string {
  const [whole = "0", fraction] = String(Math.abs(value)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  return `${value < 0 ? "−" : ""}${grouped}${fraction ? `.${fraction}` : ""}`;
}

/** One decimal below 10, none above: rates. */
export function rateText(perSecond: number): string {
  return numberText(perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond));
}

/** Bytes in the unit that reads shortest: 812 B, 1.4 kB, 12 MB (powers of 1000). */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const rounded = unit === 0 || value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded}${THIN}${units[unit]}`;
}

/** "1 message", "214 messages". */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}

/** An estimate with as many digits as it deserves: "about 52 000". */
export function aboutText(value: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(value, 1))) - 1);
  return `about ${numberText(Math.round(value / step) * step)}`;
}
