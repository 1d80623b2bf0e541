"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { countText } from "@/components/ui/number-text";
import { Cell, Head, Row, Table } from "@/components/ui/table";
import type { Comparison, Facet } from "@/lib/contracts/search";
import { ShareBar } from "./share-bar";

type Payloads = NonNullable<Comparison["payloads"]>;

const FIRST = 8;
const KINDS: Readonly<Record<Facet["kind"], string>> = { property: "property", json: "body", field: "message" };

/** Values with their share here and elsewhere, the clearest first. */
export function FacetTable({ payloads, onNarrow }: { payloads: Payloads; onNarrow: (condition: string) => void }) {
  const [all, setAll] = useState(false);
  const { facets, inside, outside } = payloads;
  if (facets.length === 0) {
    return (
      <p className="border-b border-line px-4 py-3 text-sm text-soft">
        {inside === 0
          ? "None of these messages is indexed yet."
          : outside === 0
            ? "The queue holds nothing else to compare with, and no value is in half of these messages."
            : "No value of a property or of the body sets these messages apart from the rest of the queue."}
      </p>
    );
  }
  const shown = all ? facets : facets.slice(0, FIRST);
  return (
    <>
      <Table
        caption="Values that set these messages apart"
        head={
          <>
            <Head>Value</Head>
            <Head>Here</Head>
            <Head>Elsewhere in the queue</Head>
            <Head>
              <span className="sr-only">Filter</span>
            </Head>
          </>
        }
      >
        <tbody className="max-md:block">
          {shown.map((facet) => (
            <Row key={facet.filter} data-row={undefined}>
              <Cell full className="w-full">
                <span className="font-mono text-sm break-name">
                  {facet.name} = <span className="font-semibold">{valueText(facet)}</span>
                </span>{" "}
                <span className="text-xs text-faint">{KINDS[facet.kind]}</span>
              </Cell>
              <Cell label="Here">
                <ShareBar part={facet.inside} whole={inside} strong />
              </Cell>
              <Cell label="Elsewhere in the queue">
                <ShareBar part={facet.outside} whole={outside} />
              </Cell>
              <Cell full className="whitespace-nowrap max-md:-ml-2">
                <Button
                  small
                  tone="quiet"
                  aria-label={`Filter by ${facet.filter}`}
                  onClick={() => onNarrow(facet.filter)}
                >
                  Filter
                </Button>
              </Cell>
            </Row>
          ))}
        </tbody>
      </Table>
      {facets.length > FIRST && (
        <div className="border-t border-line px-4 py-1.5">
          <Button small tone="quiet" className="-ml-2" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? "Show fewer" : `Show ${countText(facets.length - FIRST, "more value")}`}
          </Button>
        </div>
      )}
    </>
  );
}

function valueText({ type, value }: Facet): string {
  if (type === "null") return "null";
  if (value === "") return '""';
  return value;
}
