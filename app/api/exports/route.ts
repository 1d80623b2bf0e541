import { exportQuery } from "@/lib/contracts/exports";
import { apiHandler } from "@/lib/server/api-handler";
import { downloadAnswer } from "@/lib/server/download-answer";
import { exportMessages } from "@/lib/usecases/exports/export-messages";

export const GET = apiHandler(
  "queues.read",
  { query: exportQuery },
  ({ store, actor, mayReadPayloads, codecFor, query }) =>
    downloadAnswer(
      () => exportMessages({ store, actor, mayReadPayloads, codecFor }, query),
      ({ id, messages }) => ({
        "Content-Type": query.format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8",
        "Content-Disposition": `attachment; filename="dead-letters-${id.slice(0, 8)}.${query.format}"`,
        "X-Message-Count": String(messages),
      }),
    ),
);
