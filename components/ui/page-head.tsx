import Link from "next/link";
import type { ReactNode } from "react";

interface PageHeadProps {
  title: ReactNode;
  /** Where this page stands: nearest last. */
  trail?: readonly { href: string; label: string }[];
  /** One line of facts under the title. */
  facts?: ReactNode;
  /** What can be done here. */
  acts?: ReactNode;
}

export function PageHead({ title, trail = [], facts, acts }: PageHeadProps) {
  return (
    <div className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        {trail.length > 0 && (
          <nav aria-label="Where you are" className="mb-0.5 flex flex-wrap gap-x-1.5 text-sm leading-6 text-soft">
            {trail.map((place) => (
              <span key={place.href} className="break-name">
                <Link href={place.href} className="hover:text-accent hover:underline">
                  {place.label}
                </Link>
                <span className="pl-1.5 text-faint" aria-hidden="true">
                  /
                </span>
              </span>
            ))}
          </nav>
        )}
        <h1 className="text-xl font-semibold break-name">{title}</h1>
        {facts && <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-soft">{facts}</div>}
      </div>
      {acts && <div className="flex flex-wrap gap-2">{acts}</div>}
    </div>
  );
}
