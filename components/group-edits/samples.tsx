"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { samplesQuery } from "@/lib/client/group-edits";

/** The first messages before and after; looked at when it is asked for, since each is a look at a payload. */
export function Samples({ id }: { id: string }) {
  const [asked, setAsked] = useState(false);
  const { data, error } = useQuery({ ...samplesQuery(id), enabled: asked });
  if (!asked) {
    return (
      <div>
        <Button onClick={() => setAsked(true)}>Look at the first before and after</Button>
      </div>
    );
  }
  return (
    <Panel title="Before and after">
      {error && (
        <Banner tone="warn" live title="Could not read the messages">
          {error.message}
        </Banner>
      )}
      {!data && !error && <Skeleton label="Reading the first messages…" />}
      {data && (
        <ul className="flex flex-col gap-4">
          {data.samples.map((sample) => (
            <li key={sample.deadLetterId}>
              <Link href={`/dead-letters/${sample.deadLetterId}`} className="text-sm hover:text-accent hover:underline">
                Sequence number {sample.key}
              </Link>
              <div className="mt-1 grid gap-2 md:grid-cols-2">
                <BodyText label="Body before" text={sample.before} />
                <BodyText label="Body after" text={sample.after} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function BodyText({ label, text }: { label: string; text: string | null }) {
  return (
    <figure className="min-w-0">
      <figcaption className="text-xs text-faint">{label}</figcaption>
      <pre className="max-h-80 overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs whitespace-pre-wrap break-name">
        {text ?? "no text"}
      </pre>
    </figure>
  );
}
