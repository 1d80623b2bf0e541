import { randomUUID } from "node:crypto";
import type { PropertyChange } from "@/lib/brokers/broker";
import type { Database } from "./database";
import type { EditRecord, EditStore, EditTarget } from "./ports/edits";

export function editStore(db: Database): EditStore {
  return {
    queueOf: async (deadLetterId) => {
      const row = await db.deadLetter.findUnique({ where: { id: BigInt(deadLetterId) }, select: { queueId: true } });
      return row?.queueId ?? null;
    },

    current: (deadLetterId) => current(db, deadLetterId),

    lockTarget: async (deadLetterId) => {
      const locked = await db.$queryRaw<{ queueId: number; leftAt: Date | null }[]>`
        SELECT queue_id AS "queueId", left_at AS "leftAt" FROM dead_letter
        WHERE id = ${BigInt(deadLetterId)} FOR UPDATE`;
      const row = locked[0];
      if (row === undefined) return null;
      // A statement of its own, so that it sees what was committed while this one waited for the lock.
      const claims = await db.$queryRaw<Pick<EditTarget, "liveReplayId" | "latestVersion">[]>`
        SELECT (SELECT replay_id FROM replay_item
                WHERE dead_letter_id = ${BigInt(deadLetterId)}
                  AND state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain')) AS "liveReplayId",
               (SELECT coalesce(max(version), 0)::int FROM edit WHERE dead_letter_id = ${BigInt(deadLetterId)}) AS "latestVersion"`;
      const { liveReplayId, latestVersion } = claims[0] ?? { liveReplayId: null, latestVersion: 0 };
      return { ...row, liveReplayId, latestVersion, current: await current(db, deadLetterId) };
    },

    save: async ({ deadLetterId, version, body, properties, createdBy }) => {
      await db.$executeRaw`
        UPDATE edit SET ended_at = clock_timestamp()
        WHERE dead_letter_id = ${BigInt(deadLetterId)} AND ended_at IS NULL`;
      const { id, createdAt } = await db.edit.create({
        data: {
          id: randomUUID(),
          deadLetterId: BigInt(deadLetterId),
          version,
          body: body === null ? null : Buffer.from(body),
          properties: properties.map((change) => ({ ...change })),
          createdBy,
        },
        select: { id: true, createdAt: true },
      });
      return { id, createdAt };
    },

    end: async (editId) => {
      await db.$executeRaw`UPDATE edit SET ended_at = clock_timestamp() WHERE id = ${editId}::uuid AND ended_at IS NULL`;
    },
  };
}

async function current(db: Database, deadLetterId: string): Promise<EditRecord | null> {
  const edit = await db.edit.findFirst({
    where: { deadLetterId: BigInt(deadLetterId), endedAt: null },
    include: { author: { select: { name: true } } },
  });
  if (edit === null) return null;
  return {
    id: edit.id,
    version: edit.version,
    body: edit.body,
    // Written by `save` only, in this shape.
    properties: edit.properties as unknown as PropertyChange[],
    createdAt: edit.createdAt,
    createdBy: edit.author.name,
  };
}
