"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { AsOf } from "@/components/ui/as-of";
import { Banner } from "@/components/ui/banner";
import { Empty } from "@/components/ui/empty";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Head, Table } from "@/components/ui/table";
import { VirtualBody } from "@/components/ui/virtual-body";
import { auditListQuery } from "@/lib/client/audit";
import { useRows } from "@/lib/client/use-rows";
import { useUrlState } from "@/lib/client/use-url-state";
import { AuditFilters } from "./audit-filters";
import { AuditRow } from "./audit-row";
import { auditState } from "./audit-state";

/** Who did what, and why? */
export function AuditView() {
  const [filter, change] = useUrlState(auditState);
  const list = useInfiniteQuery(auditListQuery(filter));
  const { rows: events, more } = useRows(list);
  const at = list.data?.pages[0]?.at;
  return (
    <>
      <PageHead
        title="Audit"
        facts="Every act and every look at a payload, newest first. Nothing here can be changed or deleted."
      />
      {list.error && (
        <div className="mb-4">
          <Banner tone="warn" live title="Could not read the audit; it is asked for again by itself">
            {list.error.message}
          </Banner>
        </div>
      )}
      <Panel flush>
        <AuditFilters
          filter={filter}
          queueName={events.find((event) => event.queue?.id === filter.queue)?.queue?.entityPath}
          onChange={change}
        />
        {!list.data && !list.error && (
          <div className="p-4">
            <Skeleton label="Reading the audit…" />
          </div>
        )}
        {list.data && events.length === 0 && (
          <Empty title="No event fits the filter">Take a filter away to see more.</Empty>
        )}
        {at && events.length > 0 && (
          <AsOf at={at}>
            <Table
              caption="Events, newest first"
              head={
                <>
                  <Head>When</Head>
                  <Head>Who did what</Head>
                  <Head>
                    <span className="sr-only">Subject and record</span>
                  </Head>
                </>
              }
            >
              <VirtualBody
                items={events}
                keyOf={(event) => event.id}
                estimate={57}
                columns={3}
                onEnd={more}
                row={(event, rowProps) => <AuditRow key={event.id} event={event} rowProps={rowProps} />}
              />
            </Table>
            {list.isFetchingNextPage && (
              <p className="border-t border-line px-4 py-2 text-sm text-soft">Reading more events…</p>
            )}
          </AsOf>
        )}
      </Panel>
    </>
  );
}
