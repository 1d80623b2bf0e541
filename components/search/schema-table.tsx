"use client";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { countText, numberText } from "@/components/ui/number-text";
import { Cell, Head, Row, Table } from "@/components/ui/table";
import type { Comparison, SchemaPath } from "@/lib/contracts/search";
import { ShareBar } from "./share-bar";

type Payloads = NonNullable<Comparison["payloads"]>;

/** Paths that are shown at first, of those that tell something. */
const FIRST = 8;
/** Presence that differs by so much between here and elsewhere is worth a word. */
const TELLING = 0.15;

/** What the JSON bodies are made of: paths, types, share present. A path that is missing here stands out. */
export function SchemaTable({ payloads, onNarrow }: { payloads: Payloads; onNarrow: (condition: string) => void }) {
  const [all, setAll] = useState(false);
  const { schema, jsonInside, jsonOutside, schemaCut } = payloads;
  const paths = schema.filter(({ path }) => path !== "");
  if (paths.length === 0) return null;
  const telling = paths.filter((entry) => isTelling(entry, payloads)).length;
  const first = sorted(paths, payloads).slice(0, all ? paths.length : Math.min(telling, FIRST));
  return (
    <section aria-label="Schema of the bodies" className="border-t border-line">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <span className="font-medium">Schema of the bodies</span>
        <span className="text-sm text-soft">
          {countText(paths.length, "path")}
          {telling > 0 && <span className="text-warn">, {numberText(telling)} of them unlike elsewhere</span>}
        </span>
        {first.length < paths.length || all ? (
          <Button small tone="quiet" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? "Show fewer" : "Show all paths"}
          </Button>
        ) : null}
      </p>
      {first.length > 0 && (
        <Table
          caption="Paths of the JSON bodies"
          head={
            <>
              <Head>Path</Head>
              <Head>Types</Head>
              <Head>Present here</Head>
              <Head>Elsewhere in the queue</Head>
              <Head>
                <span className="sr-only">Filter</span>
              </Head>
            </>
          }
        >
          <tbody className="max-md:block">
            {first.map((entry) => {
              const missing = jsonInside - entry.inside;
              const tells = isTelling(entry, payloads);
              return (
                <Row key={entry.path} data-row={undefined}>
                  <Cell full className="w-full">
                    <span className="font-mono text-sm break-name">{entry.path}</span>{" "}
                    {tells && missing > 0 && entry.inside < jsonInside && (
                      <Badge tone="warn" icon="alert">
                        missing in{" "}
                        {missing === jsonInside ? `all ${numberText(missing)}` : `${numberText(missing)} of these`}
                      </Badge>
                    )}
                  </Cell>
                  <Cell label="Types" className="text-sm whitespace-nowrap">
                    {entry.types.map(({ type }) => type).join(", ")}
                  </Cell>
                  <Cell label="Present here">
                    <ShareBar part={entry.inside} whole={jsonInside} strong />
                  </Cell>
                  <Cell label="Elsewhere in the queue">
                    <ShareBar part={entry.outside} whole={jsonOutside} />
                  </Cell>
                  <Cell full className="whitespace-nowrap max-md:-ml-2">
                    {missing > 0 && (
                      <Button
                        small
                        tone="quiet"
                        aria-label={`Filter by ${entry.path} missing`}
                        onClick={() => onNarrow(`json${entry.path.startsWith("[") ? "" : "."}${entry.path} missing`)}
                      >
                        Missing
                      </Button>
                    )}
                  </Cell>
                </Row>
              );
            })}
          </tbody>
        </Table>
      )}
      {all && schemaCut && (
        <p className="border-t border-line px-4 py-2 text-sm text-soft">
          The bodies have more paths than the {numberText(schema.length)} that are listed.
        </p>
      )}
    </section>
  );
}

function difference(entry: SchemaPath, { jsonInside, jsonOutside }: Payloads): number {
  if (jsonOutside === 0 || jsonInside === 0) return 0;
  return Math.abs(entry.inside / jsonInside - entry.outside / jsonOutside);
}

const isTelling = (entry: SchemaPath, payloads: Payloads) => difference(entry, payloads) >= TELLING;

/** Telling paths first; the others as the body has them, by name. */
function sorted(paths: readonly SchemaPath[], payloads: Payloads): SchemaPath[] {
  return paths.toSorted((a, b) => {
    const tells = Number(isTelling(b, payloads)) - Number(isTelling(a, payloads));
    return tells || (isTelling(a, payloads) ? difference(b, payloads) - difference(a, payloads) : 0);
  });
}
