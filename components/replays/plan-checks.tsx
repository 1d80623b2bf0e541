import Link from "next/link";
import { Icon } from "@/components/ui/icon";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import type { Preflight } from "@/lib/contracts/replays";
import { PlanSubscriptions } from "./plan-subscriptions";
import { RouteRules } from "./route-rules";

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
      {preflight.subscriptions && (
        <PlanSubscriptions
          subscriptions={preflight.subscriptions}
          willSend={preflight.willSend}
          routeTo={preflight.route?.to ?? null}
        />
      )}
      {preflight.route && <RouteRules route={preflight.route} topic={preflight.target} />}
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
      <p className="mt-3 text-sm text-soft">
        They stay in the dead-letter queue as they are.{" "}
        <Link href="?state=refused" scroll={false} className="text-accent underline">
          Show each with its reason
        </Link>
      </p>
    </Panel>
  );
}
