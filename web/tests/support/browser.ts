/** Finds a Chromium: what `LOOM_CHROMIUM` names, what the system has, or what Playwright downloaded. */
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const USUAL = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of an executable, or undefined where there is none. Throws if `LOOM_CHROMIUM` names none. */
export function findBrowser(): string | undefined {
  const named = process.env.LOOM_CHROMIUM;
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) throw new Error(`LOOM_CHROMIUM=${named}: there is no such file`);
    return named;
  }
  return [...USUAL, chromium.executablePath()].find((path) => existsSync(path));
}

/** What a browser needs to run as root, without a screen, and to ask nothing of the network by itself. */
export const LAUNCH_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
