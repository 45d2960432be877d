import { defineConfig } from "@playwright/test";
import { findBrowser, LAUNCH_FLAGS } from "./tests/support/browser";

const executablePath = findBrowser(); // workers ask again, after the global setup

/** Each worker has a browser and a server of its own; `LOOM_E2E_WORKERS` says how many at once. */
export default defineConfig({
  testDir: "tests/e2e",
  globalSetup: "./tests/support/getBrowser.ts",
  outputDir: "test-results",
  fullyParallel: true,
  workers: Number(process.env.LOOM_E2E_WORKERS ?? 2),
  forbidOnly: process.env.CI !== undefined,
  retries: process.env.CI === undefined ? 0 : 1, // a starved machine; what passed only then is reported as flaky
  timeout: 240_000, // the first run of a server waits for its worker to load, on two busy cores
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { ...(executablePath === undefined ? {} : { executablePath }), args: LAUNCH_FLAGS },
    viewport: { width: 1280, height: 720 },
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
});
