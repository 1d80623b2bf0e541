/** A key of the keyboard. */
export function Kbd({ children }: { children: string }) {
  return <kbd className="rounded-sm border border-line bg-sunken px-1.5 font-mono text-xs text-soft">{children}</kbd>;
}
