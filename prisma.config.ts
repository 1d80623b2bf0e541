import { defineConfig } from "prisma/config";

// The console applies its migrations itself (lib/store/migrate.ts); this file serves the Prisma CLI.
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
