import type { ConfirmToken } from "@/lib/contracts/confirmations";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import type { ConfirmationStore, FoundToken } from "./ports/confirmations";

export function confirmationStore(db: Database): ConfirmationStore {
  return {
    async makeToken({ id, namespace, name, hash, createdBy }) {
      const found = await db.namespace.findFirst({
        where: { name: namespace, configured: true },
        select: { id: true },
      });
      if (found === null) return null;
      await db.confirmToken.create({
        data: { id, namespaceId: found.id, name, hash: Buffer.from(hash), createdBy },
      });
      return { namespaceId: found.id };
    },

    async tokens() {
      const rows = await db.$queryRaw<(Omit<ConfirmToken, TimeField> & Record<TimeField, Date | null>)[]>`
        SELECT t.id::text, n.name AS namespace, t.name, t.created_at AS "createdAt", maker.name AS "createdBy",
          t.used_at AS "usedAt", t.revoked_at AS "revokedAt", revoker.name AS "revokedBy"
        FROM confirm_token t JOIN namespace n ON n.id = t.namespace_id JOIN person maker ON maker.id = t.created_by
        LEFT JOIN person revoker ON revoker.id = t.revoked_by
        ORDER BY t.revoked_at IS NOT NULL, t.created_at DESC, t.id`;
      const [clock] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
      const namespaces = await db.namespace.findMany({ where: { configured: true }, orderBy: { name: "asc" } });
      return {
        at: (clock as { now: Date }).now.toISOString(),
        items: rows.map((row) => ({
          ...row,
          createdAt: (row.createdAt as Date).toISOString(),
          usedAt: row.usedAt?.toISOString() ?? null,
          revokedAt: row.revokedAt?.toISOString() ?? null,
        })),
        namespaces: namespaces.map(({ name }) => name),
      };
    },

    async revokeToken(id, by) {
      const rows = await db.$queryRaw<{ name: string }[]>`
        UPDATE confirm_token SET revoked_at = clock_timestamp(), revoked_by = ${by}::uuid
        WHERE id = ${id}::uuid AND revoked_at IS NULL RETURNING name`;
      return rows[0]?.name ?? null;
    },

    async findToken(id) {
      const rows = await db.$queryRaw<FoundToken[]>`
        SELECT t.id::text, t.namespace_id AS "namespaceId", t.hash FROM confirm_token t JOIN namespace n ON n.id = t.namespace_id
        WHERE t.id = ${id}::uuid AND t.revoked_at IS NULL AND n.configured`;
      return rows[0] ?? null;
    },

    async admit(id, { perSecond, burst }) {
      // A generic cell rate algorithm as for sends, of one row and without permits: a call goes ahead or is refused.
      const scope = `confirm:${id}`;
      const before = Prisma.sql`make_interval(secs => (${burst}::int - 1) / ${perSecond}::float8)`;
      const each = Prisma.sql`make_interval(secs => 1 / ${perSecond}::float8)`;
      const rows = await db.$queryRaw<{ wait: number }[]>`
        WITH first AS (
          INSERT INTO throttle_scope (scope, rate, burst, tat, updated_at)
          VALUES (${scope}, ${perSecond}::float8, ${burst}::int, clock_timestamp() + ${each}, clock_timestamp())
          ON CONFLICT (scope) DO NOTHING RETURNING 1
        ), next AS (
          UPDATE throttle_scope SET tat = greatest(tat, clock_timestamp()) + ${each}, updated_at = clock_timestamp()
          WHERE scope = ${scope} AND tat <= clock_timestamp() + ${before}
          RETURNING 1
        )
        SELECT CASE WHEN EXISTS (SELECT 1 FROM first) OR EXISTS (SELECT 1 FROM next) THEN 0::float8
          ELSE (SELECT greatest(1, extract(epoch FROM tat - ${before} - clock_timestamp()) * 1000)::float8
                FROM throttle_scope WHERE scope = ${scope}) END AS wait`;
      return rows[0]?.wait ?? 0;
    },

    async confirm({ id, namespaceId }, items) {
      const rows = await db.$queryRaw<{ id: string; now: boolean }[]>`
        WITH used AS (
          UPDATE confirm_token SET used_at = date_trunc('minute', clock_timestamp())
          WHERE id = ${id}::uuid AND (used_at IS NULL OR used_at < clock_timestamp() - interval '1 min')
        ), named AS (
          SELECT i.id, i.confirmed_at FROM replay_item i JOIN replay r ON r.id = i.replay_id
          -- An intent that was taken back, since nothing of it was sent, leaves no first one.
          WHERE i.id = ANY(${items}::uuid[]) AND r.namespace_id = ${namespaceId} AND i.first_intent_at IS NOT NULL
            AND r.kind <> 'discard'
          ORDER BY i.id FOR UPDATE OF i
        ), confirmed AS (
          UPDATE replay_item i SET outcome = 'confirmed', confirmed_at = clock_timestamp(), confirmed_by = ${id}::uuid,
            found_at = CASE WHEN i.state = 'uncertain' THEN clock_timestamp() ELSE i.found_at END,
            evidence = CASE WHEN i.state = 'uncertain' THEN coalesce(i.evidence, '{}'::jsonb) || jsonb_build_object(
              'at', clock_timestamp(), 'found', true, 'words', 'its consumer confirmed it: it had arrived') ELSE i.evidence END
          FROM named n WHERE i.id = n.id AND n.confirmed_at IS NULL
          RETURNING i.id
        )
        SELECT n.id::text, EXISTS (SELECT 1 FROM confirmed c WHERE c.id = n.id) AS now FROM named n`;
      return {
        now: rows.filter(({ now }) => now).map((row) => row.id),
        before: rows.filter(({ now }) => !now).map((row) => row.id),
      };
    },
  };
}

type TimeField = "createdAt" | "usedAt" | "revokedAt";
