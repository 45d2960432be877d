/** Fingers: taps, sweeps and long presses, as the browser's own touch events. No mouse. */
import { type CDPSession, expect, type Locator, type Page } from "@playwright/test";

export type Finger = { x: number; y: number; id?: number };

async function touch(
  cdp: CDPSession,
  type: "touchStart" | "touchMove" | "touchEnd",
  fingers: Finger[],
): Promise<void> {
  await cdp.send("Input.dispatchTouchEvent", { type, touchPoints: fingers });
}

/** Move fingers from one place to another. */
export async function sweep(page: Page, from: Finger[], to: Finger[], steps = 8): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await touch(cdp, "touchStart", from);
  for (let step = 1; step <= steps; step += 1) {
    const at = from.map((one, index) => ({
      x: one.x + (((to[index]?.x ?? one.x) - one.x) * step) / steps,
      y: one.y + (((to[index]?.y ?? one.y) - one.y) * step) / steps,
      id: index,
    }));
    await touch(cdp, "touchMove", at);
    await page.waitForTimeout(16);
  }
  await touch(cdp, "touchEnd", []);
}

/** Hold a finger in one place until the menu opens. */
export async function longPress(page: Page, x: number, y: number): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await touch(cdp, "touchStart", [{ x, y }]);
  await expect(page.getByRole("menu")).toBeVisible();
  await touch(cdp, "touchEnd", []);
}

/** The middle of something, on the screen. */
export async function middleOf(found: Locator): Promise<{ x: number; y: number }> {
  const box = await found.boundingBox();
  if (box === null) throw new Error("what is to be touched is not on the screen");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
