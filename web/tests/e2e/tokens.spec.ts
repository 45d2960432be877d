/** Row 23: the prompt's tokens are counted as it is typed, and what the encoder does not read is said. */

import { expectAccessible } from "../support/axe";
import { card } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 23: a prompt shows how many tokens it takes, and when it is cut", async ({
  page,
  openDocument,
}) => {
  await openDocument({
    format: 1,
    nodes: {
      model: { type: "model.load@1", inputs: { model: "shapes" } },
      positive: {
        type: "text.encode@1",
        inputs: { encoder: { from: "model.text_encoder" }, text: "a red circle on a blue background" },
      },
    },
    ui: { positions: { model: [0, 0], positive: [320, 0] } },
  });
  const node = card(page, "positive");
  const count = node.getByRole("status");
  await expect(count).toHaveText("9 / 77 tokens"); // a red circle on a blue background, start and end
  const prompt = node.getByRole("textbox", { name: "text", exact: true });
  await prompt.fill("");
  await expect(count).toHaveText("2 / 77 tokens");
  await prompt.pressSequentially("a red circle");
  await expect(count).toHaveText("5 / 77 tokens");
  await expect(count).toHaveAttribute("data-cut", "false");
  await prompt.fill(`${"red ".repeat(75)}a Blue circle`);
  await expect(count).toHaveText("80 / 77 tokens · cut. Not read: a blue circle");
  await expect(count).toHaveAttribute("data-cut", "true");
  await expectAccessible(page, '[data-node="positive"]');
});
