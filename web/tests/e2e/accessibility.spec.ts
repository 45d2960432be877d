/** Accessibility of whole views, dark and light: what axe calls serious or critical is none. */
import { expectAccessible } from "../support/axe";
import { expect, test } from "../support/fixtures";

for (const colorScheme of ["dark", "light"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("signing in", async ({ page, server }) => {
      await page.goto(server.url);
      await expect(page.getByLabel("Token")).toBeVisible();
      await expectAccessible(page);
    });
  });
}
