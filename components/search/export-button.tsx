"use client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Check } from "@/components/ui/check";
import { Dialog } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/field";
import { countText, numberText } from "@/components/ui/number-text";
import { downloadExport } from "@/lib/client/exports";
import { ApiError } from "@/lib/client/http";
import { useMay } from "@/lib/client/session";
import type { DeadLetterSearch, SearchCoverage } from "@/lib/contracts/dead-letters";
import { type ExportFormat, MAX_EXPORTED } from "@/lib/contracts/exports";
import { CoverageNote } from "./coverage-note";

interface ExportButtonProps {
  filter: DeadLetterSearch;
  /** Messages that match now. */
  total: number;
  totalIs: "exact" | "estimate";
  /** How much of what is there the filter has looked at; null: it needs no search index. */
  coverage: SearchCoverage | null;
}

/** Opens the choices of an export of everything that the filter lets through. */
export function ExportButton(props: ExportButtonProps) {
  const [open, setOpen] = useState(false);
  if (props.total === 0) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>Export…</Button>
      {open && <ExportDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ filter, total, totalIs, coverage, onClose }: ExportButtonProps & { onClose: () => void }) {
  const mayRead = useMay("payloads.read");
  const [format, setFormat] = useState<ExportFormat>("ndjson");
  const [payloads, setPayloads] = useState(false);
  const tooMany = total > MAX_EXPORTED && totalIs === "exact";
  const about = totalIs === "estimate" ? "about " : "";
  const download = useMutation({
    mutationFn: () => downloadExport({ ...filter, format, content: payloads ? "payloads" : "facts" }),
    onSuccess: onClose,
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Export ${about}${countText(total, "message")}`}
      description="Everything that the filter lets through now, oldest first, as one file. The audit says who exported what."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            tone="primary"
            disabled={tooMany}
            busy={download.isPending && "Checking…"}
            onClick={() => download.mutate()}
          >
            {tooMany ? "Export" : `Export ${about}${countText(total, "message")}`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {download.error && (
          <Banner tone="bad" live title="Nothing was exported">
            {wordsOf(download.error)}
          </Banner>
        )}
        {tooMany && (
          <Banner tone="warn" title="More than one file holds">
            A file holds {numberText(MAX_EXPORTED)} messages at most. Narrow the filter: a queue, a cause, an age or a
            time.
          </Banner>
        )}
        {coverage !== null && <CoverageNote coverage={coverage} />}
        <Field
          label="Format"
          hint={
            format === "ndjson"
              ? "One JSON object a line; bodies as exact text, or Base64 where they are no text."
              : "For spreadsheets: a text that would be taken for a formula gets an apostrophe before it."
          }
        >
          {(control) => (
            <Select
              {...control}
              className="max-w-56"
              value={format}
              onChange={(event) => setFormat(event.target.value as ExportFormat)}
            >
              <option value="ndjson">JSON lines (.ndjson)</option>
              <option value="csv">CSV (.csv)</option>
            </Select>
          )}
        </Field>
        {mayRead ? (
          <Check
            label="With description, properties and body"
            hint="The file then holds whatever the messages hold: keep it as carefully as the messages."
            checked={payloads}
            onChange={setPayloads}
          />
        ) : (
          <p className="text-sm text-soft">
            Your roles may not see payloads: the file holds the facts of each message.
          </p>
        )}
      </div>
    </Dialog>
  );
}

/** A filter that cannot be used is told by its field, not by the message. */
const wordsOf = (error: Error): string =>
  [error.message, ...(error instanceof ApiError ? Object.values(error.fields) : [])].join(" ");
