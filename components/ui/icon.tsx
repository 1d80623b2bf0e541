import { cx } from "./cx";

/** Outlines on a 16 px grid. */
const PATHS = {
  alert: "M8 2.2 14.6 13.6H1.4L8 2.2ZM8 6.4v3.4M8 11.6v.2",
  check: "m3 8.6 3.2 3.2L13 4.8",
  chevron: "m6 3.6 4.4 4.4L6 12.4",
  close: "m3.6 3.6 8.8 8.8M12.4 3.6l-8.8 8.8",
  clock: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM8 4.4V8l2.4 1.6",
  discard: "M2.8 4.4h10.4M6 4.4V2.6h4v1.8M4.2 4.4l.6 9h6.4l.6-9M6.8 7v4M9.2 7v4",
  down: "m3.6 6 4.4 4.4L12.4 6",
  edit: "M2.8 13.2h2.6l7.2-7.2-2.6-2.6-7.2 7.2v2.6ZM8.6 4.8l2.6 2.6",
  info: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM8 7.4v3.6M8 5v.2",
  lock: "M3.6 7.2h8.8v6.4H3.6V7.2ZM5.4 7.2V5a2.6 2.6 0 0 1 5.2 0v2.2",
  menu: "M2.4 4.4h11.2M2.4 8h11.2M2.4 11.6h11.2",
  moon: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7Z",
  pause: "M5.4 3.2v9.6M10.6 3.2v9.6",
  person: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 13.8a5.2 5.2 0 0 1 10.4 0",
  play: "M4.6 2.8 12.8 8l-8.2 5.2V2.8Z",
  plus: "M8 3v10M3 8h10",
  replay: "M3 8a5 5 0 1 0 1.6-3.7M4.4 1.6v3h3",
  returned: "M6 3.4 2.6 6.8 6 10.2M2.6 6.8h6.8a3.6 3.6 0 0 1 0 7.2H6.6",
  screen: "M2 3.2h12v7.6H2V3.2ZM5.6 13.4h4.8M8 10.8v2.6",
  search: "M7 11.6A4.6 4.6 0 1 0 7 2.4a4.6 4.6 0 0 0 0 9.2ZM10.4 10.4l3.4 3.4",
  stop: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM3.8 3.8l8.4 8.4",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M3.3 12.7l1-1M11.7 4.3l1-1",
  unknown:
    "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM6.2 6.4a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.2M8 11.2v.2",
} as const;
export type IconName = keyof typeof PATHS;

/** Decorative: the word stands beside it or in the control's label. */
export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={cx("inline-block shrink-0", className)}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
