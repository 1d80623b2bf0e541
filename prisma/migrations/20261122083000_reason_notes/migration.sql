-- What people say of a reason in whatever queue, beside its runbook: who looks after it, and comments.

CREATE TABLE "reason_owner" (
    "reason" TEXT NOT NULL,
    "owner_id" UUID NOT NULL,

    CONSTRAINT "reason_owner_pkey" PRIMARY KEY ("reason")
);

CREATE TABLE "reason_comment" (
    "id" BIGSERIAL NOT NULL,
    "reason" TEXT NOT NULL,
    "author_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "text" TEXT NOT NULL,

    CONSTRAINT "reason_comment_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "reason_comment_reason_at_idx" ON "reason_comment"("reason", "at");

ALTER TABLE "reason_owner" ADD CONSTRAINT "reason_owner_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "reason_comment" ADD CONSTRAINT "reason_comment_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
