"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Ago } from "@/components/ui/time";
import { comparisonQuery } from "@/lib/client/search";
import { useMay } from "@/lib/client/session";
import type { DeadLetterFilter } from "@/lib/contracts/dead-letters";
import type { Comparison } from "@/lib/contracts/search";
import { CoverageNote } from "./coverage-note";
import { FacetTable } from "./facet-table";
import { SchemaTable } from "./schema-table";
import { shareText } from "./share-text";

interface ComparisonPanelProps {
  filter: DeadLetterFilter;
  /** Compare at once, or when it is asked for. */
  begin: "at-once" | "on-request";
  /** Narrows the list below by one more condition. */
  onNarrow: (condition: string) => void;
}

/** What have they in common, that the rest of the queue has not? */
export function ComparisonPanel({ filter, begin, onNarrow }: ComparisonPanelProps) {
  const [asked, setAsked] = useState(begin === "at-once");
  const mayRead = useMay("payloads.read");
  // The filter is fixed when it is asked: narrowing the list afterwards is not another look at all payloads.
  const [compared, setCompared] = useState(filter);
  const { data, error, isFetching, refetch } = useQuery({ ...comparisonQuery(compared), enabled: asked });
  const differs = JSON.stringify(compared) !== JSON.stringify(filter);
  if (!asked) {
    return (
      <div className="mb-4">
        <Button
          icon="search"
          onClick={() => {
            setCompared(filter);
            setAsked(true);
          }}
        >
          What have these messages in common?
        </Button>
      </div>
    );
  }
  return (
    <Panel
      title="What they have in common"
      className="mb-4"
      flush
      aside={
        <span className="flex flex-wrap items-center gap-2">
          {data && (
            <span>
              compared <Ago time={data.at} focusable />
            </span>
          )}
          {differs && !isFetching && (
            <Button small onClick={() => setCompared(filter)}>
              Compare what the filter lets through
            </Button>
          )}
          {data && !differs && (
            <Button small tone="quiet" busy={isFetching && "Comparing…"} onClick={() => void refetch()}>
              Compare again
            </Button>
          )}
        </span>
      }
    >
      {error && (
        <div className="p-3">
          <Banner
            tone="warn"
            live
            title="Could not compare the messages"
            action={<Button onClick={() => void refetch()}>Try again</Button>}
          >
            {error.message}
          </Banner>
        </div>
      )}
      {!data && !error && (
        <div className="p-4">
          <Skeleton label="Comparing all of them with the rest of the queue…" />
        </div>
      )}
      {data && <Compared comparison={data} mayRead={mayRead} onNarrow={onNarrow} />}
    </Panel>
  );
}

function Compared({
  comparison,
  mayRead,
  onNarrow,
}: {
  comparison: Comparison;
  mayRead: boolean;
  onNarrow: (condition: string) => void;
}) {
  const { payloads, coverage } = comparison;
  return (
    <>
      <CorrelationLine comparison={comparison} />
      <CoverageNote coverage={coverage} />
      {payloads === null ? (
        <p className="px-4 py-3 text-sm text-soft">
          {mayRead
            ? "The values are not shown."
            : "Your roles may not see payloads: the values that these messages share are hidden."}
        </p>
      ) : (
        <>
          <FacetTable payloads={payloads} onNarrow={onNarrow} />
          <SchemaTable payloads={payloads} onNarrow={onNarrow} />
        </>
      )}
    </>
  );
}

/** Whether the way to the traces is open. */
function CorrelationLine({ comparison: { correlation } }: { comparison: Comparison }) {
  const { total, withCorrelationId, withTrace } = correlation;
  if (total === 0)
    return <p className="border-b border-line px-4 py-2 text-sm text-soft">There is nothing left to compare.</p>;
  return (
    <p className="border-b border-line px-4 py-2 text-sm text-soft">
      Of {countText(total, "message")}{" "}
      <span className="font-medium text-ink" data-tip={`${numberText(withCorrelationId)} of ${numberText(total)}`}>
        {shareText(withCorrelationId, total)}
      </span>{" "}
      carry a correlation id,{" "}
      <span className="font-medium text-ink" data-tip={`${numberText(withTrace)} of ${numberText(total)}`}>
        {shareText(withTrace, total)}
      </span>{" "}
      a trace.
    </p>
  );
}
