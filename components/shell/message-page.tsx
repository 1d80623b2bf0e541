import Link from "next/link";
import type { ReactNode } from "react";
import { buttonLook } from "@/components/ui/button";

/** A page that has only words: what happened and where to go on. */
export function MessagePage({ title, children, acts }: { title: string; children: ReactNode; acts?: ReactNode }) {
  return (
    <div className="mx-auto max-w-prose py-16">
      <h1 className="mb-2 text-xl font-semibold">{title}</h1>
      <div className="mb-6 text-soft">{children}</div>
      <div className="flex flex-wrap gap-2">
        {acts}
        <Link href="/" className={buttonLook("plain")}>
          To all queues
        </Link>
      </div>
    </div>
  );
}
