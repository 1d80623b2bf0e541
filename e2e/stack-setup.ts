import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareChromium } from "../scripts/prepare/chromium.mjs";
import { prepare } from "../scripts/prepare/prepare.mjs";
import { tellStack } from "./stack";
import { startStack } from "./start-stack";

/** Playwright's global set-up: the pages, a browser, and the stack, once for the whole run. */
export default async function setup(): Promise<() => Promise<void>> {
  await prepare(["client", "pages"]);
  process.env.DLQ_E2E_CHROMIUM = JSON.stringify(await prepareChromium());
  const data = await mkdtemp(join(tmpdir(), "dlq-console-e2e-"));
  const { stack, stop } = await startStack(data);
  tellStack(stack);
  return async () => {
    await stop();
    await rm(data, { recursive: true, force: true });
  };
}
