import { Prisma } from "./generated/client";

/** The fence: one row while the worker's lease is valid and nobody has taken over from it, else none. */
export const me = (workerId: string) => Prisma.sql`
  me AS MATERIALIZED (
    SELECT 1 FROM worker WHERE id = ${workerId}::uuid AND ended_at IS NULL AND lease_until > clock_timestamp()
  )`;

/** The same for the prepared statements of the windows; $1 is the worker. */
export const ME =
  "me AS MATERIALIZED (SELECT 1 FROM worker WHERE id = $1 AND ended_at IS NULL AND lease_until > clock_timestamp())";
