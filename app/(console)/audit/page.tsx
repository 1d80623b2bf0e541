import type { Metadata } from "next";
import { auditState } from "@/components/audit/audit-state";
import { AuditView } from "@/components/audit/audit-view";
import { auditListQuery } from "@/lib/client/audit";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { listAuditEvents } from "@/lib/usecases/audit/list-audit-events";
import { Hydrated, knownPage } from "../hydrated";

export const metadata: Metadata = { title: "Audit" };

export default async function AuditPage({ searchParams }: { searchParams: Promise<UrlValues> }) {
  await pageGate("audit.read");
  const filter = readUrlState(auditState, await searchParams);
  const page = await listAuditEvents({ store: composition().store }, { ...filter, limit: 100 });
  return (
    <Hydrated known={[knownPage(auditListQuery(filter), page)]}>
      <AuditView />
    </Hydrated>
  );
}
