/** A span of time in at most two units, as number and unit pairs: [["2","d"],["4","h"]]. */
export function spanParts(seconds: number): [string, string][] {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return [[String(whole), "s"]];
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return [[String(minutes), "min"]];
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, "h", hours < 10 ? minutes % 60 : 0, "min");
  const days = Math.floor(hours / 24);
  return pair(days, "d", days < 10 ? hours % 24 : 0, "h");
}

function pair(major: number, majorUnit: string, minor: number, minorUnit: string): [string, string][] {
  const first: [string, string] = [String(major), majorUnit];
  return minor > 0 ? [first, [String(minor), minorUnit]] : [first];
}

/** "2 d 4 h", "12 min", "40 s". */
export function spanText(seconds: number): string {
  return spanParts(seconds)
    .map(([value, unit]) => `${value}\u202f${unit}`)
    .join(" ");
}

/** "just now", "12 min ago", and "in 3 min" for a time to come. */
export function agoText(time: number, now: number): string {
  const seconds = (now - time) / 1000;
  if (seconds < -5) return `in ${spanText(-seconds)}`;
  return seconds < 5 ? "just now" : `${spanText(seconds)} ago`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** "2026-11-21 05:20:06 UTC". */
export function utcText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "2026-11-21 07:20:06 UTC+02:00", in the zone of whoever runs it. */
export function localText(time: number): string {
  const date = new Date(time);
  const offset = -date.getTimezoneOffset();
  const zone = `UTC${offset < 0 ? "−" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "Sat 21 Nov, 14:00", in the zone of whoever runs it. */
export function clockText(time: number): string {
  const date = new Date(time);
  return `${DAYS[date.getDay()]} ${date.getDate()} ${MONTHS[date.getMonth()]}, ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** "08:30 UTC" */
export function utcClockText(time: number): string {
  return `${new Date(time).toISOString().slice(11, 16)} UTC`;
}
