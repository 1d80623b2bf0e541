"use client";
import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { Banner } from "@/components/ui/banner";
import { HexDump } from "@/components/ui/hex-dump";
import { bytesText } from "@/components/ui/number-text";
import { Skeleton } from "@/components/ui/skeleton";
import type { BodyView } from "@/lib/contracts/dead-letters";
import { textForm } from "./body-text";

const CodeView = dynamic(() => import("@/components/ui/code-view"), {
  ssr: false,
  loading: () => <CodeLoading />,
});

export function CodeLoading() {
  return (
    <div className="p-4">
      <Skeleton label="Opening the editor…" />
    </div>
  );
}

/** A body to read, with what is wrong with it. */
export function BodyPanel({ body, title }: { body: BodyView; title: string }) {
  const form = useMemo(() => textForm(body.content, body.language), [body.content, body.language]);
  const [asSent, setAsSent] = useState(false);
  return (
    <>
      <BodyNotices body={body} />
      {form.formatted && (
        <label className="flex items-center gap-2 border-b border-line px-4 py-1.5 text-sm text-soft">
          <input type="checkbox" checked={asSent} onChange={(event) => setAsSent(event.target.checked)} />
          Show it on one line, as it was sent
        </label>
      )}
      {body.encoding === "base64" ? (
        <HexDump bytes={bytesOf(body.content)} label={title} />
      ) : (
        <CodeView
          text={asSent ? body.content : form.shown}
          language={body.language === "json" ? "json" : "text"}
          label={title}
        />
      )}
    </>
  );
}

const NOT_WHAT_IT_SAYS: Readonly<Record<BodyView["language"], string>> = {
  json: "The body is no valid JSON",
  xml: "The body is no well-formed XML",
  text: "The body is not what its content type says",
  binary: "The body is not what its content type says",
};

/** What a reader must know before trusting what is shown. */
export function BodyNotices({ body }: { body: BodyView }) {
  if (body.parseError === null && body.cutAt === null && body.decoding.length === 0) return null;
  return (
    <div className="flex flex-col gap-2 p-3">
      {body.decoding.length > 0 && (
        <Banner title="Decoded for reading">
          {body.decoding.join(" ")}
          {body.notEditableBecause && ` ${body.notEditableBecause}`}
        </Banner>
      )}
      {body.parseError !== null && (
        <Banner tone="warn" title={NOT_WHAT_IT_SAYS[body.language]}>
          {body.parseError}
        </Banner>
      )}
      {body.cutAt !== null && (
        <Banner title={`Only the first ${bytesText(body.cutAt)} of ${bytesText(body.bytes)} are shown`}>
          A replay sends the whole body.
        </Banner>
      )}
    </div>
  );
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
