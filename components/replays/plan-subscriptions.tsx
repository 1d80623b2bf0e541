import { Badge } from "@/components/ui/badge";
import { countText, numberText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import type { Preflight } from "@/lib/contracts/replays";
import { matchWords } from "./match-words";

type Subscription = NonNullable<Preflight["subscriptions"]>[number];

interface PlanSubscriptionsProps {
  subscriptions: readonly Subscription[];
  willSend: number;
  routeTo: string | null;
}

/** What each subscription of the topic gets, and by which of its rules. */
export function PlanSubscriptions({ subscriptions, willSend, routeTo }: PlanSubscriptionsProps) {
  return (
    <Panel title="Subscriptions of the topic" flush>
      {subscriptions.length === 0 ? (
        <p className="px-4 py-3 text-soft">It has none: nobody would get a copy.</p>
      ) : (
        <ul>
          {subscriptions.map((subscription) => (
            <li key={subscription.name} className="border-b border-line px-4 py-2.5 last:border-b-0">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <span className="min-w-0 font-medium break-name">{subscription.name}</span>
                <Gets subscription={subscription} willSend={willSend} chosen={routeTo === subscription.name} />
                {routeTo === subscription.name && <span className="text-sm text-soft">the one chosen</span>}
              </div>
              <Rules rules={subscription.rules} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface GetsProps {
  subscription: Subscription;
  willSend: number;
  /** The one that the copies are meant for. */
  chosen: boolean;
}

function Gets({ subscription, willSend, chosen }: GetsProps) {
  const { copies, unknown, wouldGet } = subscription;
  if (copies === 0 && unknown === 0 && wouldGet === 0) {
    return (
      <Badge tone="neutral" icon="close">
        gets none
      </Badge>
    );
  }
  return (
    <>
      {copies > 0 && (
        <Badge tone="accent" icon="check">
          {copies === willSend ? `gets all ${numberText(copies)}` : `gets ${countText(copies, "copy", "copies")}`}
        </Badge>
      )}
      {wouldGet > 0 && (
        <Badge tone={chosen ? "neutral" : "warn"} icon={chosen ? "check" : "alert"}>
          would get {numberText(wouldGet)}
        </Badge>
      )}
      {unknown > 0 && (
        <Badge tone="warn" icon="unknown">
          {numberText(unknown)} not known
        </Badge>
      )}
    </>
  );
}

function Rules({ rules }: { rules: Subscription["rules"] }) {
  if (rules === null) return <p className="mt-1 text-sm text-soft">Its rules could not be read.</p>;
  if (rules.length === 0) return <p className="mt-1 text-sm text-soft">It has no rule.</p>;
  return (
    <ul className="mt-1 flex flex-col gap-0.5 text-sm text-soft">
      {rules.map((rule) => (
        <li key={rule.name} className="break-name">
          {rule.name && <span className="text-faint">{rule.name}: </span>}
          <code className="font-mono">{rule.filter}</code> <span className="text-faint">{matchWords(rule)}</span>
        </li>
      ))}
    </ul>
  );
}
