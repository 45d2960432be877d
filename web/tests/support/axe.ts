/** Accessibility: what axe finds serious or critical on a page, in words. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Fail for each serious or critical violation. `within`: only in this part of the page. */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  const builder = new AxeBuilder({ page }).withTags(TAGS);
  if (within !== undefined) builder.include(within);
  const { violations } = await builder.analyze();
  const bad = violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map(
      (one) =>
        `${one.id}: ${one.help} — ${one.nodes
          .map((node) => node.target.join(" "))
          .slice(0, 5)
          .join(", ")}`,
    );
  expect(bad, "what axe finds serious or critical").toEqual([]);
}
