/** Files that come from outside: dropped on the page, or pasted into it. */
import type { Page } from "@playwright/test";

export interface OutsideFile {
  name: string;
  type: string;
  bytes: Uint8Array;
}

/** Drop files at a point of the page, or paste them. */
export async function give(page: Page, how: "drop" | "paste", files: OutsideFile[], at = { x: 640, y: 380 }) {
  const sent = files.map(({ bytes, ...rest }) => ({
    ...rest,
    base64: Buffer.from(bytes).toString("base64"),
  }));
  await page.evaluate(
    ([kind, given, { x, y }]) => {
      const transfer = new DataTransfer();
      for (const { name, type, base64 } of given) {
        const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
      }
      const target = document.elementFromPoint(x, y) ?? document.body;
      const shared = { bubbles: true, cancelable: true };
      const event =
        kind === "paste"
          ? new ClipboardEvent("paste", { ...shared, clipboardData: transfer })
          : new DragEvent("drop", { ...shared, dataTransfer: transfer, clientX: x, clientY: y });
      target.dispatchEvent(event);
    },
    [how, sent, at] as const,
  );
}
