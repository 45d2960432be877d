import { describe, expect, it } from "vitest";
import { ranked, type Searched } from "./search";

const spec = (name: string, title: string, paper = "", examples: string[] = []): Searched => ({
  name,
  label: title,
  title,
  doc: title,
  category: name.split(".")[0] ?? "",
  stage: null,
  paper,
  examples,
});
const all = [
  spec("unet.denoise", "What the UNet predicts"),
  spec("guidance.cfg", "Classifier-free guidance", "Ho & Salimans 2022", ["text_to_image"]),
  spec("image.resize", "Another size"),
  spec("latent.resize", "Another size of a latent"),
  spec("mask.invert", "Black for white"),
];
const names = (query: string): string[] => ranked(all, query).map((one) => one.name);

describe("searching node types", () => {
  it("shows all of them for no query, those that the examples use first", () => {
    expect(names("  ")).toHaveLength(all.length);
    expect(names("")[0]).toBe("guidance.cfg");
  });
  it("puts a name before a purpose", () => expect(names("latent")[0]).toBe("latent.resize"));
  it("finds by purpose and by paper", () => {
    expect(names("classifier free")).toEqual(["guidance.cfg"]);
    expect(names("salimans")).toEqual(["guidance.cfg"]);
  });
  it("wants every word", () => expect(names("resize image")).toEqual(["image.resize"]));
  it("finds strewn letters of a name", () => expect(names("unden")).toEqual(["unet.denoise"]));
  it("finds nothing for nonsense", () => expect(names("xyzzy")).toEqual([]));
});
