"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Live } from "@/components/ui/load-state";
import { Moment } from "@/components/ui/moment";
import { PageHead } from "@/components/ui/page-head";
import { Ago } from "@/components/ui/time";
import { policyQuery } from "@/lib/client/policies";
import { queueQuery } from "@/lib/client/queues";
import { useMay } from "@/lib/client/session";
import type { PolicyDetail } from "@/lib/contracts/policies";
import { PolicyForm } from "./policy-form";

/** What is allowed of replays out of this queue? */
export function PolicyView({ id }: { id: number }) {
  const queue = useQuery(queueQuery(id)).data?.queue;
  const { data, error, refetch } = useQuery(policyQuery(id));
  const mayWrite = useMay("policies.write");
  return (
    <Live what="the policy" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
      {(detail) => (
        <>
          <PageHead
            trail={[
              { href: "/", label: "Queues" },
              { href: `/queues/${id}`, label: queue?.entityPath ?? `queue ${id}` },
            ]}
            title={`Policy of ${queue?.entityPath ?? `queue ${id}`}`}
            facts={
              detail.updatedAt === null ? (
                <span>nobody has changed it yet</span>
              ) : (
                <span>
                  changed by {detail.updatedBy} <Ago time={detail.updatedAt} focusable />
                </span>
              )
            }
          />
          <div className="mb-4 flex max-w-3xl flex-col gap-2 empty:hidden">
            {detail.quietUntil !== null && (
              <Banner icon="moon" title="Quiet hours are in force">
                Until <Moment time={detail.quietUntil} />.
              </Banner>
            )}
            {!mayWrite && (
              <Banner icon="lock" title="You may look at this policy, but not change it">
                Administrators change policies.
              </Banner>
            )}
          </div>
          <Editing detail={detail} disabled={!mayWrite} />
        </>
      )}
    </Live>
  );
}

/** The form keeps the version that it was opened with: what somebody else saves meanwhile is told, not swapped in under the hands. */
function Editing({ detail, disabled }: { detail: PolicyDetail; disabled: boolean }) {
  const client = useQueryClient();
  const [base, setBase] = useState(detail);
  const [saved, setSaved] = useState(false);
  const takeNewest = async () => {
    const key = policyQuery(detail.queueId).queryKey;
    await client.invalidateQueries({ queryKey: key });
    setBase(client.getQueryData(key) ?? detail);
  };
  const onSaved = async () => {
    await takeNewest();
    setSaved(true);
  };
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      {saved && (
        <Banner icon="check" live title="The policy is changed">
          It holds for every plan that is not started yet; rate and quiet hours also for replays that run.
        </Banner>
      )}
      {detail.policy.version > base.policy.version && (
        <Banner
          tone="warn"
          live
          title={`${detail.updatedBy ?? "Somebody"} has changed this policy meanwhile`}
          action={
            <Button small onClick={() => void takeNewest()}>
              Show what stands now
            </Button>
          }
        >
          What you have typed is not saved over it.
        </Banner>
      )}
      <PolicyForm key={base.policy.version} detail={base} disabled={disabled} onSaved={onSaved} />
    </div>
  );
}
