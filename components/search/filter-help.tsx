"use client";
import { Popover } from "@/components/ui/popover";

/** Example and what it lets through; payload ones are for who may see payloads. */
const EXAMPLES: readonly { filter: string; means: string; payload?: true }[] = [
  { filter: "payment declined", means: "both words, anywhere in description, body or properties", payload: true },
  {
    filter: '"payment declined"',
    means: "the words beside each other, so also numbers such as ORD-4711",
    payload: true,
  },
  {
    filter: "description ~ time*",
    means: "words that begin so, in the description alone; body ~ … in the body",
    payload: true,
  },
  {
    filter: 'property.tenant = "acme"',
    means: "an application property; also !=, <, >, ~, exists, missing",
    payload: true,
  },
  { filter: "json.order.total >= 100", means: "a path of a JSON body, compared by exact number", payload: true },
  { filter: 'json.lines[].sku = "A-1"', means: "[] is any element of an array", payload: true },
  { filter: "json.customer.email missing", means: "also: exists, is string, = null", payload: true },
  { filter: "reason = ValidationFailed", means: "also id, key, subject, session, correlation, type; ~ means contains" },
  { filter: "size > 20kB deliveries >= 10", means: "also body-size; beside each other both must hold" },
  { filter: "age > 2h", means: "enqueued so long ago; also enqueued < 2026-11-20T14:30Z, first-seen >= 1d ago" },
  { filter: "replay = none", means: "or live, returned, uncertain, refused, failed, cancelled; edited = yes" },
  { filter: "(age < 1h or size > 1MB) not session ~ test", means: "and, or, not and brackets" },
];

export function FilterHelp({ payloads }: { payloads: boolean }) {
  return (
    <Popover label="How filters are written" icon="unknown">
      <h3 className="mb-2 font-semibold">How filters are written</h3>
      <dl className="flex flex-col gap-2 text-sm">
        {EXAMPLES.filter((example) => payloads || !example.payload).map(({ filter, means }) => (
          <div key={filter}>
            <dt className="font-mono break-name">{filter}</dt>
            <dd className="text-soft">{means}</dd>
          </div>
        ))}
      </dl>
      {!payloads && (
        <p className="mt-3 border-t border-line pt-3 text-sm text-soft">
          Your roles may not see payloads, so that bodies, properties and descriptions cannot be asked about.
        </p>
      )}
      <p className="mt-3 border-t border-line pt-3 text-sm text-soft">
        Press Enter to add what is typed as a condition; conditions add up. A click on one takes it back into the field.
      </p>
    </Popover>
  );
}
