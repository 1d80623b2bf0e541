import { parseArgs } from "node:util";
import { openStore } from "../lib/store/store";

/** Holds the figures of causes against the messages themselves, in the database that DATABASE_URL names. Ends with 1 when they differ. */
const { values } = parseArgs({ options: { repair: { type: "boolean", default: false } } });
const url = process.env.DATABASE_URL;
if (!url) {
  console.error("DATABASE_URL is missing. Set it to an address like postgresql://user:password@host:5432/database.");
  process.exit(1);
}
const store = openStore({ url, poolSize: 1, applicationName: "dlq-console figures" });
try {
  const differences = await store.rollups.differences();
  for (const { causeId, figure, rollup, rows } of differences) {
    console.log(`cause ${causeId}, ${figure}: ${rollup} in the figures, ${rows} messages`);
  }
  if (differences.length === 0) console.log("The figures are what the messages say.");
  else if (values.repair) {
    await store.transaction((tx) => tx.rollups.recount());
    console.log("They were counted anew.");
  } else process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await store.close();
}
