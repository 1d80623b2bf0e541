import type { Database } from "./database";
import type { ReasonNotesStore } from "./ports/reason-notes";

/** Of advisory locks on reasons. */
const REASON_LOCK = 72707371;

/** What people say of reasons, by the reason itself: it need not be one that a message has. */
export function reasonNotesStore(db: Database): ReasonNotesStore {
  return {
    async lockReason(reason) {
      // There need not be a row to lock.
      await db.$executeRaw`SELECT pg_advisory_xact_lock(${REASON_LOCK}::int, hashtext(${reason}))`;
    },

    async reasonRunbook(reason) {
      const row = await db.reasonRunbook.findUnique({
        where: { reason },
        include: { author: { select: { name: true } } },
      });
      return row === null ? null : { runbook: row.runbook, updatedAt: row.updatedAt, updatedBy: row.author.name };
    },

    async setReasonRunbook(reason, runbook, by) {
      if (runbook === null) {
        await db.reasonRunbook.deleteMany({ where: { reason } });
        return;
      }
      const data = { runbook, updatedBy: by, updatedAt: new Date() };
      await db.reasonRunbook.upsert({ where: { reason }, create: { reason, ...data }, update: data });
    },

    async reasonOwner(reason) {
      const row = await db.reasonOwner.findUnique({
        where: { reason },
        select: { owner: { select: { id: true, name: true } } },
      });
      return row?.owner ?? null;
    },

    async setReasonOwner(reason, ownerId) {
      if (ownerId === null) {
        await db.reasonOwner.deleteMany({ where: { reason } });
        return;
      }
      await db.reasonOwner.upsert({ where: { reason }, create: { reason, ownerId }, update: { ownerId } });
    },

    reasonComments: async (reason) =>
      (
        await db.reasonComment.findMany({
          where: { reason },
          include: { author: { select: { name: true } } },
          orderBy: [{ at: "asc" }, { id: "asc" }],
        })
      ).map(({ id, author, at, text }) => ({ id: String(id), author: author.name, at, text })),

    async addReasonComment(reason, authorId, text) {
      const { id } = await db.reasonComment.create({ data: { reason, authorId, text }, select: { id: true } });
      return String(id);
    },
  };
}
