import { countText, numberText } from "@/components/ui/number-text";
import type { RulePreview } from "@/lib/contracts/causes";
import { reasonText } from "../queues/queue-words";

/** What a rule would match, before it is made. */
export function RulePreviewView({ preview }: { preview: RulePreview }) {
  const { messages, lookedAt, matched, causes, examples } = preview;
  const scope =
    lookedAt < messages
      ? `the newest ${numberText(lookedAt)} of ${countText(messages, "message")}`
      : countText(messages, "message");
  return (
    <section aria-label="What it matches" aria-live="polite" className="rounded-md border border-line bg-sunken p-3">
      <p className="font-semibold">
        It matches {numberText(matched)} of {scope}
        {matched === 0 && ". Nothing would change now"}
      </p>
      {causes.length > 0 && (
        <ul className="mt-2 flex flex-col gap-1 text-sm">
          {causes.slice(0, 8).map((cause) => (
            <li key={cause.id} className="break-name">
              <span className="font-semibold tabular-nums">{numberText(cause.matched)}</span> of{" "}
              {reasonText(cause.reason)} <span className="font-mono text-soft">{cause.signature}</span>
            </li>
          ))}
          {causes.length > 8 && <li className="text-soft">and of {causes.length - 8} more causes</li>}
        </ul>
      )}
      {examples.length > 0 && (
        <details className="mt-2 text-sm">
          <summary className="w-fit">Some of them</summary>
          <ul className="mt-1 flex flex-col gap-1">
            {examples.map((example) => (
              <li key={example.id} className="font-mono text-xs whitespace-pre-wrap break-name">
                {example.text}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
