-- Of several workers that share a rate one may want few: enough is kept for the others.

-- R6: the throttle. Takes up to p_want permits of every scope or of none; the arithmetic of lib/domain/throttle.ts.
-- The rows are locked in one order, and the clock is read once all of them are held: who waited is not given the past.
-- Permits become due one after another, and each lives p_j_ms from then on; p_least_ms of that are left of the oldest to whoever
-- takes it, so none is collected for longer than the rest. A scope that nobody asked for a second begins with its burst alone, which lives in full.
-- A scope that has more than the tightest one gives its younger permits, as young as the tightest one's where it has such: its
-- older ones would shorten the lives of all. So does the tightest one where it has more than is wanted: what became due in the
-- last 60 ms it keeps for the next that asks, or the youngest 100 where these are more. life_ms and last_life_ms are what is left of the first and of the last, counted from
-- the begin of the statement; the others lie between them, in even steps at the least.
CREATE OR REPLACE FUNCTION "take_permits"(p_scopes text[], p_want int, p_j_ms double precision, p_least_ms double precision,
                               OUT granted int, OUT retry_ms double precision, OUT life_ms double precision,
                               OUT last_life_ms double precision) LANGUAGE plpgsql AS $$
DECLARE
  held int;
  at timestamptz;
  since timestamptz;
  tight_base timestamptz;
  tight_rate double precision;
  tight_burst double precision;
  first_due timestamptz;
  last_due timestamptz;
  waited_ms double precision;
BEGIN
  granted := 0;
  retry_ms := 0;
  life_ms := 0;
  last_life_ms := 0;
  IF p_want <= 0 THEN RETURN; END IF;
  PERFORM 1 FROM "throttle_scope" WHERE "scope" = ANY(p_scopes) ORDER BY "scope" FOR UPDATE;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held <> cardinality(p_scopes) THEN
    RAISE EXCEPTION 'throttle scopes missing: % of % found', held, cardinality(p_scopes) USING ERRCODE = 'P0002';
  END IF;
  at := clock_timestamp();
  since := at - make_interval(secs => (p_j_ms - p_least_ms) / 1000);
  SELECT greatest(0, least(p_want, min(s.free)))::int,
         greatest(0, max(extract(epoch FROM s.base - at)::double precision * 1000 + (1 - s."burst"::double precision) * 1000 / s."rate")),
         (array_agg(s.base ORDER BY s.free, s.base, s."rate"))[1], (array_agg(s."rate" ORDER BY s.free, s.base, s."rate"))[1],
         (array_agg(s."burst" ORDER BY s.free, s.base, s."rate"))[1]
    INTO granted, retry_ms, tight_base, tight_rate, tight_burst
    FROM (SELECT b.*, floor(extract(epoch FROM at - b.base)::double precision * b."rate" + b."burst") AS free
            FROM (SELECT t."rate", t."burst", CASE WHEN t."tat" < at - interval '1 s' THEN at ELSE greatest(t."tat", since) END AS base
                    FROM "throttle_scope" t WHERE t."scope" = ANY(p_scopes)) b) s;
  IF granted > 0 THEN
    retry_ms := 0;
    tight_base := greatest(tight_base, at - make_interval(secs => greatest(0, (granted - tight_burst) / tight_rate) + greatest(0.06, 100 / tight_rate)));
    WITH taken AS (
      UPDATE "throttle_scope" t
         SET "tat" = greatest(CASE WHEN t."tat" < at - interval '1 s' THEN at ELSE greatest(t."tat", since) END,
                              least(at, at - make_interval(secs => (granted - t."burst") / t."rate"),
                                    tight_base + make_interval(secs => greatest(0, (granted - 1) * (1 / tight_rate - 1 / t."rate")))))
                     + make_interval(secs => granted / t."rate"), "updated_at" = at
       WHERE t."scope" = ANY(p_scopes)
      RETURNING t."tat", t."rate"
    )
    SELECT min("tat" - make_interval(secs => granted / "rate")), min("tat" - make_interval(secs => 1 / "rate"))
      INTO first_due, last_due FROM taken;
    waited_ms := extract(epoch FROM at - statement_timestamp())::double precision * 1000;
    life_ms := waited_ms + p_j_ms - greatest(0, extract(epoch FROM at - first_due)::double precision * 1000);
    last_life_ms := waited_ms + p_j_ms - greatest(0, extract(epoch FROM at - last_due)::double precision * 1000);
  END IF;
END;
$$;
