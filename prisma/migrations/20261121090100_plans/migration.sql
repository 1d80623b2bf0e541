-- Targets beyond the watched queues, what a plan decides of its copies, the evidence for doubt, the consumers' word.
CREATE TABLE "target" (
    "id" SERIAL NOT NULL,
    "namespace_id" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "settings" JSONB,
    "subscriptions" JSONB,
    "read_at" TIMESTAMPTZ(3),
    "vanished_at" TIMESTAMPTZ(3),

    CONSTRAINT "target_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "target_kind_check" CHECK ("kind" IN ('queue', 'topic'))
);
CREATE UNIQUE INDEX "target_namespace_id_path_key" ON "target"("namespace_id", "path");
ALTER TABLE "target" ADD CONSTRAINT "target_namespace_id_fkey"
    FOREIGN KEY ("namespace_id") REFERENCES "namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "confirm_token" (
    "id" UUID NOT NULL,
    "namespace_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" UUID,

    CONSTRAINT "confirm_token_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "confirm_token_namespace_id_idx" ON "confirm_token"("namespace_id");
ALTER TABLE "confirm_token" ADD CONSTRAINT "confirm_token_namespace_id_fkey"
    FOREIGN KEY ("namespace_id") REFERENCES "namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "confirm_token" ADD CONSTRAINT "confirm_token_created_by_fkey"
    FOREIGN KEY ("created_by") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "confirm_token" ADD CONSTRAINT "confirm_token_revoked_by_fkey"
    FOREIGN KEY ("revoked_by") REFERENCES "person"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- What came back of a replay, and where.
CREATE INDEX "dead_letter_returned_from" ON "dead_letter"("returned_from") WHERE "returned_from" IS NOT NULL;

ALTER TABLE "queue" ADD COLUMN "lock_rate" DOUBLE PRECISION;

ALTER TABLE "replay"
    ADD COLUMN "expiry_policy" TEXT NOT NULL DEFAULT 'keep',
    ADD COLUMN "deliver_at" TIMESTAMPTZ(3),
    ADD COLUMN "route_to" TEXT,
    ADD COLUMN "stamps" BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN "guarded_at" TIMESTAMPTZ(3);
ALTER TABLE "replay" ADD CONSTRAINT "replay_expiry_policy_check" CHECK ("expiry_policy" IN ('keep', 'renew', 'none'));

ALTER TABLE "replay_item"
    ADD COLUMN "evidence" JSONB,
    ADD COLUMN "found_at" TIMESTAMPTZ(3),
    ADD COLUMN "confirmed_at" TIMESTAMPTZ(3),
    ADD COLUMN "confirmed_by" UUID;

-- Plans made before say what was known then: every subscription as a whole, nothing of what was not looked at.
UPDATE "replay" r SET "preflight" = r."preflight" || jsonb_build_object(
    'targetKind', CASE WHEN coalesce(r."preflight" -> 'subscriptions', 'null'::jsonb) = 'null'::jsonb THEN 'queue' ELSE 'topic' END,
    'subscriptions', CASE WHEN jsonb_typeof(r."preflight" -> 'subscriptions') = 'array' THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', s ->> 'name',
            'copies', CASE WHEN s ->> 'receives' = 'yes' THEN coalesce((r."preflight" ->> 'willSend')::int, 0) ELSE 0 END,
            'unknown', CASE WHEN s ->> 'receives' = 'unknown' THEN coalesce((r."preflight" ->> 'willSend')::int, 0) ELSE 0 END,
            'wouldGet', 0,
            'rules', jsonb_build_array(jsonb_build_object('name', '', 'filter', s ->> 'rules', 'matches', NULL)))), '[]'::jsonb)
        FROM jsonb_array_elements(r."preflight" -> 'subscriptions') s) ELSE 'null'::jsonb END,
    'route', NULL, 'expiry', jsonb_build_object('policy', 'keep', 'carrying', 0), 'deliverAt', NULL, 'stamps', true,
    'sessions', 0, 'largestBytes', NULL, 'maxBytes', NULL, 'credits', NULL, 'reach', NULL, 'businessKey', NULL)
WHERE r."preflight" <> '{}'::jsonb;
