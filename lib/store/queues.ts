import type { Overview, QueueSummary } from "@/lib/contracts/queues";
import type { AgeClock } from "@/lib/domain/age";
import { readCauseFigures } from "./cause-figures";
import { readCauseSummaries, readTimeline } from "./cause-summaries";
import type { Database } from "./database";
import type { QueueStore } from "./ports/queues";
import { heatmapOf, iso, readClock, readQueueSummaries } from "./queue-summaries";
import { sideBySide } from "./side-by-side";

export function queueStore(db: Database): QueueStore {
  return {
    overview: (clock = "enqueued") => readOverview(db, clock),

    async detail(queueId, clock = "enqueued") {
      const { at } = await readClock(db);
      const scope = { kind: "queue", queueId } as const;
      const readFigures = once(() => readCauseFigures(db, scope, at, clock));
      const [{ queues, figures, settings }, causes, timeline] = await sideBySide(db, [
        () => readQueueSummaries(db, scope, at, readFigures),
        () => readCauseSummaries(db, scope, at, readFigures),
        () => readTimeline(db, scope, at),
      ]);
      const queue = queues[0];
      if (queue === undefined) return null;
      return {
        at: at.toISOString(),
        agesBy: clock,
        queue,
        settings: settings.get(queueId)?.settings ?? null,
        settingsReadAt: settings.get(queueId)?.settingsReadAt ?? null,
        causes,
        heatmap: heatmapOf(figures),
        timeline,
      };
    },

    async cause({ id: causeId, queueId }) {
      const { at } = await readClock(db);
      const scope = { kind: "cause", causeId } as const;
      const readFigures = once(() => readCauseFigures(db, { kind: "queue", queueId }, at));
      const [{ queues }, causes, timeline] = await sideBySide(db, [
        () => readQueueSummaries(db, { kind: "queue", queueId }, at, readFigures),
        () => readCauseSummaries(db, scope, at, readFigures),
        () => readTimeline(db, scope, at),
      ]);
      const [queue, cause] = [queues[0], causes[0]];
      if (queue === undefined || cause === undefined) return null;
      return { at: at.toISOString(), queue, cause, timeline };
    },
  };
}

/** One read for whoever asks: the figures of a page's parts are the same ones. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () => {
    reading ??= read();
    return reading;
  };
}

async function readOverview(db: Database, clock: AgeClock): Promise<Overview> {
  const { at, liveWorkers } = await readClock(db);
  const scope = { kind: "configured" } as const;
  const [{ queues, figures }, namespaces] = await sideBySide(db, [
    () => readQueueSummaries(db, scope, at, () => readCauseFigures(db, scope, at, clock)),
    () => db.namespace.findMany({ where: { configured: true }, orderBy: { name: "asc" } }),
  ]);
  // A vanished entity is listed while the index still holds messages of it, and counts into no total.
  const shown = queues.filter((queue) => queue.vanishedAt === null || queue.indexed > 0);
  const existing = new Set(shown.filter((queue) => queue.vanishedAt === null).map((queue) => queue.id));
  return {
    at: at.toISOString(),
    agesBy: clock,
    queues: shown.toSorted(worseFirst),
    heatmap: heatmapOf(figures.filter((figure) => existing.has(figure.queueId))),
    namespaces: namespaces.map((namespace) => ({
      name: namespace.name,
      broker: namespace.broker,
      listedAt: iso(namespace.listedAt),
      listError: namespace.listError,
    })),
    liveWorkers,
  };
}

/** What exists before what vanished; then the oldest root, the most messages; the name breaks ties. */
function worseFirst(a: QueueSummary, b: QueueSummary): number {
  return (
    Number(a.vanishedAt !== null) - Number(b.vanishedAt !== null) ||
    order(a.oldestRootEnqueuedAt ?? "9", b.oldestRootEnqueuedAt ?? "9") ||
    (b.brokerCount ?? b.indexed) - (a.brokerCount ?? a.indexed) ||
    order(a.entityPath, b.entityPath) ||
    a.id - b.id
  );
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
