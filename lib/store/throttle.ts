import { J_MS, LEAST_LIFE_MS } from "@/lib/domain/throttle";
import type { Database } from "./database";
import type { Permits, ThrottleStore } from "./ports/throttle";

export function throttleStore(db: Database): ThrottleStore {
  return {
    ensure: async (scopes) => {
      // In one order, as take_permits locks them: two of these cannot wait for each other.
      await db.$executeRaw`
        INSERT INTO throttle_scope (scope, rate, burst, tat, updated_at)
        SELECT s.scope, s.rate, s.burst, clock_timestamp(), clock_timestamp()
        FROM jsonb_to_recordset(${JSON.stringify(scopes)}::jsonb) AS s(scope text, rate float8, burst int)
        ORDER BY s.scope
        ON CONFLICT (scope) DO UPDATE SET rate = EXCLUDED.rate, burst = EXCLUDED.burst, updated_at = EXCLUDED.updated_at
        WHERE (throttle_scope.rate, throttle_scope.burst) IS DISTINCT FROM (EXCLUDED.rate, EXCLUDED.burst)`;
    },
    take: async (scopes, want) => {
      const rows = await db.$queryRaw<Permits[]>`
        SELECT granted, retry_ms AS "retryMs", life_ms AS "lifeMs", last_life_ms AS "lastLifeMs" FROM take_permits(
          ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(scopes)}::jsonb)), ${want}::int, ${J_MS}::float8, ${LEAST_LIFE_MS}::float8)`;
      return rows[0] as Permits;
    },
  };
}
