import { Prisma } from "./generated/client";

/** The fence: one row while the worker's lease is valid and nobody has taken over from it, else none. */
export const me = (workerId: string) => Prisma.sql`
  me AS MATERIALIZED (
    SELECT 1 FROM worker WHERE id = ${workerId}::uuid AND ended_at IS NULL AND lease_until > clock_timestamp()
  )`;
