const PATTERN = /^(-)?P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
/** The largest TimeSpan of .NET, which the service reads and writes as "never". */
export const NEVER = "P10675199DT2H48M5.4775807S";
const NEVER_MS = 922_337_203_685_477;

/** Milliseconds of an ISO-8601 duration in days to seconds ("PT1M", "P14D"); Infinity for .NET's largest. Null when it is none. */
export function parseDuration(text: string): number | null {
  const match = PATTERN.exec(text);
  if (match === null || text.endsWith("P") || text.endsWith("T") || match[1] === "-") return null;
  const [days, hours, minutes, seconds] = [match[2], match[3], match[4], match[5]].map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  const ms = Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
  return ms >= NEVER_MS ? Number.POSITIVE_INFINITY : ms;
}

export function formatDuration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return NEVER;
  const days = Math.floor(ms / 86_400_000);
  const hours = Math.floor(ms / 3_600_000) % 24;
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  const time = `${hours > 0 ? `${hours}H` : ""}${minutes > 0 ? `${minutes}M` : ""}${seconds > 0 ? `${seconds}S` : ""}`;
  if (days === 0 && time === "") return "PT0S";
  return `P${days > 0 ? `${days}D` : ""}${time === "" ? "" : `T${time}`}`;
}
