import { cx } from "./cx";

/** A figure that a page is read for, with what it is. */
export function Figure({
  label,
  children,
  className,
}: {
  label: string;
  children: React.ReactNode;
  className?: string;
}) {
  return (
    <div className={cx("min-w-0", className)}>
      <dt className="text-xs text-faint">{label}</dt>
      <dd className="text-2xl leading-8 font-semibold whitespace-nowrap">{children}</dd>
    </div>
  );
}
