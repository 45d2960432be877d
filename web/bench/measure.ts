/** What is measured in a page: frames while something moves, the main thread's work, the DOM's size. */
import type { CDPSession, Page } from "@playwright/test";

export interface Frames {
  p50: number;
  p95: number;
}

/** The times between frames while `act` goes on, in milliseconds. */
export async function framesDuring(page: Page, act: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const tick = (now: number): void => {
      frames.push(now - last);
      last = now;
      if (!("framesEnded" in window)) requestAnimationFrame(tick);
    };
    Object.assign(window, { frames });
    requestAnimationFrame(tick);
  });
  await act();
  const frames = await page.evaluate(async () => {
    Object.assign(window, { framesEnded: true });
    await new Promise((done) => requestAnimationFrame(done));
    const found = (window as unknown as { frames: number[] }).frames;
    delete (window as unknown as { framesEnded?: boolean }).framesEnded;
    return found;
  });
  const sorted = frames.slice(1).sort((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

/** Which part of a while the main thread worked, from 0 to 1. */
export async function workDuring(page: Page, act: () => Promise<void>): Promise<number> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "timeTicks" });
  const before = await readings(cdp);
  await act();
  const after = await readings(cdp);
  await cdp.detach();
  return (after.work - before.work) / (after.time - before.time);
}

async function readings(cdp: CDPSession): Promise<{ work: number; time: number }> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  const read = (name: string): number => metrics.find((one) => one.name === name)?.value ?? 0;
  return { work: read("TaskDuration"), time: read("Timestamp") };
}

export function domSize(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelectorAll("*").length);
}

/** The size of what the canvas alone put into the page. */
export function canvasSize(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelectorAll(".canvas *").length);
}
