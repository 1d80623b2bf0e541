import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { runQuietly, step } from "./run-step.mjs";

const stampFile = join(root, "lib", "store", "generated", ".stamp");

/** Generates the Prisma client when the schema or Prisma's version is another one than last time. */
export async function prepareClient() {
  const stamp = createHash("sha256")
    .update(readFileSync(join(root, "prisma", "schema.prisma")))
    .update(readFileSync(join(root, "node_modules", "prisma", "package.json")))
    .digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  await step("Generating the database client", () =>
    runQuietly({
      log: "generate",
      args: [join(root, "node_modules", "prisma", "build", "index.js"), "generate"],
      env: {
        // Generating does not use the schema engine, but the command wants to download it unless some file is named.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
        CHECKPOINT_DISABLE: "1",
      },
      advice: "prisma generate failed.",
    }),
  );
  writeFileSync(stampFile, stamp);
}
