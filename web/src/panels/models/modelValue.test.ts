import { describe, expect, it } from "vitest";
import type { Model } from "../../api/types";
import { bytesText, byUse, familyText, findModel, wantedModel } from "./modelValue";

const model = (name: string, digest: string | null, more: Partial<Model> = {}): Model => ({
  name,
  digest,
  kind: "folder",
  family: "sd",
  components: ["unet", "vae"],
  bytes: 1,
  ...more,
});

describe("a model that a document names", () => {
  const models = [model("a", "sha256:1"), model("b", "sha256:2"), model("big", null)];
  it("is found by its name", () => {
    expect(findModel({ name: "a", digest: null }, models)).toMatchObject({ kind: "there" });
    expect(findModel({ name: "c", digest: null }, models)).toEqual({ kind: "missing" });
  });
  it("is found by its bytes under another name", () => {
    expect(findModel({ name: "old", digest: "sha256:2" }, models)).toMatchObject({
      kind: "renamed",
      model: { name: "b" },
    });
    expect(findModel({ name: "old", digest: "sha256:9" }, models)).toEqual({ kind: "missing" });
  });
  it("is not another one of the same name; one whose bytes are not read yet may be it", () => {
    expect(findModel({ name: "a", digest: "sha256:9" }, models)).toMatchObject({ kind: "other" });
    expect(findModel({ name: "big", digest: "sha256:9" }, models)).toMatchObject({ kind: "there" });
  });
  it("is read from a name, or from name and digest", () => {
    expect(wantedModel("a")).toEqual({ name: "a", digest: null });
    expect(wantedModel({ file: "a", digest: "sha256:1" })).toEqual({ name: "a", digest: "sha256:1" });
    expect(wantedModel({ from: "b" })).toBeNull();
    expect(wantedModel("")).toBeNull();
  });
});

it("sizes and families are for people", () => {
  expect(bytesText(999)).toBe("999 bytes");
  expect(bytesText(6_900_000_000)).toBe("6.9 GB");
  expect(familyText(model("x", null, { family: "sdxl" }))).toBe("SDXL");
  expect(familyText(model("x", null, { family: null, components: ["ControlNetModel"] }))).toBe("ControlNet");
});

it("what an input asks for comes first", () => {
  const models = [model("a", null), model("z", null, { components: ["ControlNetModel"] })];
  expect(byUse(models, "control").map((one) => one.name)).toEqual(["z", "a"]);
  expect(byUse(models, "model").map((one) => one.name)).toEqual(["a", "z"]);
});
