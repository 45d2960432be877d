import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** `npm run screenshots`: pictures of every view, into docs/pictures/editor/. */
export default defineConfig({
  ...tests,
  testDir: "tests/screenshots",
  testMatch: "*.shots.ts",
  workers: 1,
  timeout: 300_000,
});
