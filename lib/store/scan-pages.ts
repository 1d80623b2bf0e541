import { appendAudit } from "./audit";
import type { PageScope } from "./ports/scans";
import { advance } from "./scan-advance";
import { ingestDeadLetters } from "./scan-ingest";
import { compareStretch } from "./scan-stretch";
import type { RunStatement } from "./statement";

/** What a scan writes of the pages it has read, as prepared statements: on a million messages parsing, planning and copying add up. */
export function pageScope(run: RunStatement): PageScope {
  return {
    advance: (queueId, worker, progress, leaseSeconds) => advance(run, queueId, worker, progress, leaseSeconds),
    compare: (stretch) => compareStretch(run, stretch),
    ingest: (queueId, walkNumber, messages) => ingestDeadLetters(run, queueId, walkNumber, messages),
    audit: (events) => appendAudit(run, events),
  };
}
