import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const exclude = ["**/node_modules/**", ".next/**", ".data/**", "e2e/**"];
const needsServers = ["**/*.int.test.ts"];
const killsWorkers = ["**/*.crash.test.ts"];

export default defineConfig({
  resolve: { alias: { "@": root } },
  test: {
    // Integration tests wait more than they compute; Vitest's own choice leaves one core idle.
    maxWorkers: Math.max(2, availableParallelism()),
    // A zone with a half hour, so that local time taken for UTC shows.
    env: { TZ: "Asia/Kolkata" },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["**/*.test.{ts,tsx}"],
          exclude: [...exclude, ...needsServers, ...killsWorkers],
          testTimeout: 5_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: needsServers,
          exclude,
          globalSetup: ["lib/testing/postgres-setup.ts"],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "crash",
          include: killsWorkers,
          exclude,
          globalSetup: ["lib/testing/postgres-setup.ts"],
          // After the others and one file at a time: hundreds of worker processes leave no processor, and leases are short here.
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
