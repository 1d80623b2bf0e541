import type { ReactNode } from "react";

/** What a list says when it has nothing: what that means, and what to do. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-prose text-soft">{children}</div>}
    </div>
  );
}
