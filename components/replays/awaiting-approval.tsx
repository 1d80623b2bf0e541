"use client";
import { useQuery } from "@tanstack/react-query";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { countText } from "@/components/ui/number-text";
import { attentionQuery } from "@/lib/client/attention";
import { useMay } from "@/lib/client/session";

/** For who may approve: what waits for them. */
export function AwaitingApproval({ shown, onShow }: { shown: boolean; onShow: () => void }) {
  const mayApprove = useMay("replays.approve");
  const count = useQuery({ ...attentionQuery(), enabled: mayApprove }).data?.awaitingApproval ?? 0;
  if (!mayApprove || count === 0 || shown) return null;
  return (
    <div className="mb-4">
      <Banner
        tone="warn"
        icon="lock"
        title={`${countText(count, "plan")} ${count === 1 ? "waits" : "wait"} for approval`}
        action={
          <Button small onClick={onShow}>
            Show {count === 1 ? "it" : "them"}
          </Button>
        }
      />
    </div>
  );
}
