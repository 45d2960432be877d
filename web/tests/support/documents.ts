/** Documents that tests open. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { JsonObject } from "./server";

const WORKFLOWS = resolve(import.meta.dirname, "../../../workflows");

/** An example of the product, by name. */
export async function example(name: string): Promise<JsonObject> {
  return JSON.parse(await readFile(resolve(WORKFLOWS, `${name}.json`), "utf8")) as JsonObject;
}

/** The smallest document that makes a picture, without a model: quick to run. */
export function dot(): JsonObject {
  const box = { width: 64, height: 64, left: 8, top: 8, right: 56, bottom: 56 };
  return {
    format: 1,
    name: "dot",
    nodes: {
      mask: { type: "mask.ellipse@1", inputs: box },
      picture: { type: "mask.to_image@1", inputs: { mask: { from: "mask" } } },
      save: { type: "image.save@1", inputs: { image: { from: "picture" } } },
    },
  };
}
