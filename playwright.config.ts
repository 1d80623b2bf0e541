import { defineConfig, type LaunchOptions } from "@playwright/test";

/** Told by the global set-up; worker processes read this file again after it. */
const chromium = JSON.parse(process.env.DLQ_E2E_CHROMIUM ?? "{}") as {
  executablePath?: string;
  env?: Record<string, string>;
};
const asRoot = process.getuid?.() === 0;

const launchOptions: LaunchOptions = {
  ...(chromium.executablePath === undefined ? {} : { executablePath: chromium.executablePath }),
  env: { ...(process.env as Record<string, string>), ...chromium.env },
  // Chromium refuses to run as root with its sandbox.
  args: asRoot ? ["--no-sandbox"] : [],
};

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  globalSetup: "./e2e/stack-setup.ts",
  // The specs share one stack, and one replays what another counts.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? "line" : "list",
  outputDir: "test-results",
  use: {
    launchOptions,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    // A zone with a half hour, so that local time taken for UTC shows.
    timezoneId: "Asia/Kolkata",
  },
});
