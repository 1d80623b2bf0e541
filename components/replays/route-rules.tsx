import { Panel } from "@/components/ui/panel";
import type { Preflight } from "@/lib/contracts/replays";

interface RouteRulesProps {
  route: NonNullable<Preflight["route"]>;
  topic: string;
}

/** How the rules of the other subscriptions have to be, so that the stamped copies reach one alone. */
export function RouteRules({ route, topic }: RouteRulesProps) {
  return (
    <Panel title={`To ${route.to} alone`}>
      <p className="text-soft">
        The copies name {route.to} in a property. A subscription of {topic} leaves them out when its rules ask for that
        property; messages without it pass as before.
      </p>
      {route.rules.length === 0 ? (
        <p className="mt-2">The rules of all other subscriptions do so already.</p>
      ) : (
        <>
          <p className="mt-2">
            These rules do not yet. Give them the filter shown here, wait until the console has read it, and plan again:
          </p>
          <dl className="mt-2 flex flex-col gap-2">
            {route.rules.map((rule) => (
              <div key={`${rule.subscription} ${rule.name}`}>
                <dt className="text-sm break-name">
                  <span className="font-medium">{rule.subscription}</span>
                  {rule.name && <span className="text-soft">, rule {rule.name}</span>}
                </dt>
                <dd>
                  <code className="block rounded-md border border-line bg-sunken px-2 py-1.5 font-mono text-sm break-name select-all">
                    {rule.filter}
                  </code>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Panel>
  );
}
