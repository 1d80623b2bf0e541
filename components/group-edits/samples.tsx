"use client";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { samplesQuery } from "@/lib/client/group-edits";
import { CodeLoading } from "../messages/body-panel";
import { textForm } from "../messages/body-text";

const MergeEditor = dynamic(() => import("@/components/ui/merge-editor"), {
  ssr: false,
  loading: () => <CodeLoading />,
});

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
              <Difference before={sample.before} after={sample.after} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Bodies that are no text changed in nothing that can be shown. */
function Difference({ before, after }: { before: string | null; after: string | null }) {
  if (before === null || after === null) return <p className="text-sm text-soft">Its body is no text.</p>;
  return (
    <div className="mt-1 overflow-hidden rounded-md border border-line">
      <MergeEditor
        original={textForm(before, "json").shown}
        initial={textForm(after, "json").shown}
        language="json"
        originalLabel="Body before"
        label="Body after"
      />
    </div>
  );
}
