/** The benchmark of the canvas: one browser, one page after another; prints a table, asserts nothing about time. */
import { defineConfig } from "@playwright/test";
import { findBrowser, LAUNCH_FLAGS } from "../tests/support/browser";

const executablePath = findBrowser();

export default defineConfig({
  testDir: ".",
  testMatch: "*.bench.ts",
  globalSetup: "../tests/support/getBrowser.ts",
  outputDir: "../test-results/bench",
  workers: 1,
  timeout: 600_000,
  reporter: [["line"]],
  use: {
    browserName: "chromium",
    launchOptions: { ...(executablePath === undefined ? {} : { executablePath }), args: LAUNCH_FLAGS },
    viewport: { width: 1280, height: 720 },
  },
});
