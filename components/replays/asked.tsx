import { Ago } from "@/components/ui/time";
import type { ReplaySummary } from "@/lib/contracts/replays";

/** Who asked for approval, why they replay, and why a second person is wanted. */
export function Asked({ replay }: { replay: ReplaySummary }) {
  const { approval } = replay;
  return (
    <dl className="flex flex-col gap-2 text-sm">
      {approval.submittedBy && (
        <Fact name="Asked for by">
          {approval.submittedBy} {approval.submittedAt && <Ago time={approval.submittedAt} focusable />}
        </Fact>
      )}
      {replay.reason && <Fact name="Reason">{replay.reason}</Fact>}
      {replay.ticket && <Fact name="Ticket">{replay.ticket}</Fact>}
      {approval.needed.length > 0 && <Fact name="A second person is wanted because">{approval.needed.join("; ")}</Fact>}
      {approval.approvedBy && (
        <Fact name="Approved by">
          {approval.approvedBy} {approval.approvedAt && <Ago time={approval.approvedAt} focusable />}
          {approval.approvalReason && `: ${approval.approvalReason}`}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-faint">{name}</dt>
      <dd className="break-name whitespace-pre-line">{children}</dd>
    </div>
  );
}
