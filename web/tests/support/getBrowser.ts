/** Before all tests: where there is no Chromium, get one; where none can be had, fail with what to do. */
import { spawnSync } from "node:child_process";
import { findBrowser } from "./browser";

const WAYS: string[][] = [
  ["npx", "--no-install", "playwright", "install", "chromium"],
  ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
];

export default function getBrowser(): void {
  const isRoot = process.getuid?.() === 0;
  for (const [command = "", ...rest] of WAYS) {
    if (findBrowser() !== undefined) return;
    if (command === "apt-get" && !(isRoot && process.env.CI !== undefined)) continue;
    console.error(`no Chromium here: ${[command, ...rest].join(" ")}`);
    spawnSync(command, rest, { stdio: "inherit", timeout: 240_000 });
  }
  if (findBrowser() !== undefined) return;
  throw new Error(
    "the browser tests need Chromium: install it by the system's packages, or name one in LOOM_CHROMIUM",
  );
}
