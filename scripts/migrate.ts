import { fileURLToPath } from "node:url";
import { applyMigrations } from "../lib/store/migrate";

/** Brings the database that DATABASE_URL names up to date; `npm start` does it by itself, containers run this once. */
const url = process.env.DATABASE_URL;
if (!url) {
  console.error("DATABASE_URL is missing. Set it to an address like postgresql://user:password@host:5432/database.");
  process.exit(1);
}
const migrations = fileURLToPath(new URL("../prisma/migrations", import.meta.url));
try {
  const applied = await applyMigrations(url, migrations, console.log);
  console.log(applied.length === 0 ? "The database is up to date." : `${applied.length} migrations were applied.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
