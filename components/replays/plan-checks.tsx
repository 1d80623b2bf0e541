import { Badge } from "@/components/ui/badge";
import { Icon } from "@/components/ui/icon";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import type { Preflight } from "@/lib/contracts/replays";

/** What the check before the start found: refusals, warnings, who gets a copy. */
export function PlanChecks({ preflight }: { preflight: Preflight }) {
  return (
    <>
      <Refusals refusals={preflight.refusals} />
      {preflight.warnings.length > 0 && (
        <Panel title="To know before">
          <ul className="flex flex-col gap-2">
            {preflight.warnings.map((warning) => (
              <li key={warning.code} className="flex gap-2">
                <Icon name="info" className="mt-[3px] text-warn" />
                <span className="min-w-0 break-name">{warning.text}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Subscriptions subscriptions={preflight.subscriptions} />
    </>
  );
}

function Refusals({ refusals }: { refusals: Preflight["refusals"] }) {
  if (refusals.length === 0) return null;
  const total = refusals.reduce((sum, refusal) => sum + refusal.count, 0);
  return (
    <Panel title={`${countText(total, "message")} will not be sent`}>
      <ul className="flex flex-col gap-2">
        {refusals.map((refusal) => (
          <li key={refusal.code} className="flex gap-3">
            <span className="w-14 shrink-0 text-right font-medium text-warn">{numberText(refusal.count)}</span>
            <span className="min-w-0 break-name">{refusal.reason}</span>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-sm text-soft">They stay in the dead-letter queue as they are.</p>
    </Panel>
  );
}

const RECEIVES = {
  yes: { tone: "accent", icon: "check", word: "gets a copy" },
  no: { tone: "neutral", icon: "close", word: "gets none" },
  unknown: { tone: "warn", icon: "unknown", word: "not known" },
} as const;

function Subscriptions({ subscriptions }: { subscriptions: Preflight["subscriptions"] }) {
  if (subscriptions === null) return null;
  return (
    <Panel title="Subscriptions of the topic" flush>
      <table className="w-full text-sm">
        <thead className="sr-only">
          <tr>
            <th scope="col">Subscription</th>
            <th scope="col">Receives</th>
            <th scope="col">Rules</th>
          </tr>
        </thead>
        <tbody>
          {subscriptions.map((subscription) => {
            const look = RECEIVES[subscription.receives];
            return (
              <tr key={subscription.name} className="border-b border-line align-top last:border-b-0">
                <th scope="row" className="px-4 py-2 text-left font-medium break-name">
                  {subscription.name}
                </th>
                <td className="px-2 py-2">
                  <Badge tone={look.tone} icon={look.icon}>
                    {look.word}
                  </Badge>
                </td>
                <td className="px-4 py-2 font-mono break-name text-soft">{subscription.rules}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
