"use client";
import { usePathname, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { LONGEST_WAIT_MS, pageShown, useComingPage } from "@/lib/client/navigation";

/** A page that comes sooner needs no sign that it is on its way, ms. */
const SIGN_AFTER_MS = 300;
const WORDS_AFTER_MS = 4_000;
const LOOK_MS = 300;

/** That a click was taken whose page has not come yet: a line under the header, and words when it takes long. */
export function ComingPage() {
  const path = usePathname();
  const search = useSearchParams().toString();
  useEffect(() => pageShown(path, search), [path, search]);
  const waited = useWaited(useComingPage());
  return (
    <>
      {waited >= SIGN_AFTER_MS && (
        <div aria-hidden="true" className="absolute inset-x-0 -bottom-px h-0.5 animate-pulse bg-accent" />
      )}
      {/* Always there: what appears in it is announced. */}
      <div role="status" className="pointer-events-none absolute inset-x-3 top-full mt-2 flex justify-end sm:inset-x-6">
        {waited >= WORDS_AFTER_MS && (
          <p className="rounded-md border border-warn/40 bg-warn-wash px-3 py-1.5 text-sm text-ink shadow-md">
            The page you opened has not come yet: the server is slow to answer.
            <span aria-hidden="true"> {Math.floor(waited / 1_000)} s</span>
          </p>
        )}
      </div>
    </>
  );
}

/** For how long a page is waited for by now, ms; 0: none is. */
function useWaited(since: number | null): number {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (since === null) return;
    const timer = setInterval(() => setNow(performance.now()), LOOK_MS);
    return () => clearInterval(timer);
  }, [since]);
  const waited = since === null ? 0 : Math.max(0, now - since);
  return waited > LONGEST_WAIT_MS ? 0 : waited;
}
