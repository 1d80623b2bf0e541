"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { policyQuery } from "@/lib/client/policies";
import { useMay } from "@/lib/client/session";
import { policySummary } from "./policy-words";

/** What is allowed of replays out of this queue, in one line, and the way to all of it. */
export function PolicyLine({ queueId }: { queueId: number }) {
  const { data } = useQuery(policyQuery(queueId));
  const mayWrite = useMay("policies.write");
  if (data === undefined) return null;
  const said = policySummary(data.policy);
  return (
    <section
      aria-label="Policy"
      className="mb-6 flex flex-wrap items-baseline gap-x-3 gap-y-1 rounded-md border border-line bg-surface px-3 py-2"
    >
      <h2 className="font-medium">Policy</h2>
      {data.policy.protected && (
        <Badge tone="warn" icon="lock">
          protected
        </Badge>
      )}
      <p className="min-w-0 flex-1 basis-60 text-soft break-name">
        {said.length === 0 ? "Nothing but the limit of the namespace holds." : `${said.join(" · ")}.`}
      </p>
      <Link href={`/queues/${queueId}/policy`} className="text-accent hover:underline">
        {mayWrite ? "Change the policy" : "See the policy"}
      </Link>
    </section>
  );
}
