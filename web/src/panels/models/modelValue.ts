/** What an input says of a model, and what this server has of it. Pure. */
import type { Json, Model } from "../../api/types";

export interface Wanted {
  name: string;
  /** of its bytes, where the document tells it */
  digest: string | null;
}

/** The model that a literal names: by its name, or by name and digest. null: none. */
export function wantedModel(value: Json | undefined): Wanted | null {
  if (typeof value === "string") return value === "" ? null : { name: value, digest: null };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { file, digest } = value;
  if (typeof file !== "string") return null;
  return { name: file, digest: typeof digest === "string" ? digest : null };
}

export type Found =
  | { kind: "there"; model: Model }
  /** the same bytes, under another name: the server takes them */
  | { kind: "renamed"; model: Model }
  /** the name is there, with other bytes than asked for */
  | { kind: "other"; model: Model }
  | { kind: "missing" };

export function findModel(wanted: Wanted, models: readonly Model[]): Found {
  const named = models.find((one) => one.name === wanted.name);
  if (wanted.digest === null)
    return named === undefined ? { kind: "missing" } : { kind: "there", model: named };
  if (named !== undefined && (named.digest === null || named.digest === wanted.digest))
    return { kind: "there", model: named };
  const same = models.find((one) => one.digest === wanted.digest);
  if (same !== undefined) return { kind: "renamed", model: same };
  return named === undefined ? { kind: "missing" } : { kind: "other", model: named };
}

const FAMILIES: Record<string, string> = {
  sd: "Stable Diffusion",
  sd1: "Stable Diffusion 1",
  sd2: "Stable Diffusion 2",
  sdxl: "SDXL",
  "sdxl-refiner": "SDXL refiner",
  instruct: "Instruct-Pix2Pix",
};

/** The family, or what the model is a part of. */
export function familyText({ family, components }: Model): string {
  if (family !== null) return FAMILIES[family] ?? family;
  const [only] = components;
  return components.length === 1 && only !== undefined ? only.replace(/Model$/, "") : "unknown family";
}

export function bytesText(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${value >= 100 || at === 0 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

/** Those that have the part that an input asks for come first. */
export function byUse(models: readonly Model[], input: string): Model[] {
  const part = input === "control" ? "controlnet" : input;
  const fits = (one: Model): boolean =>
    input === "model"
      ? one.components.includes("unet")
      : one.components.some((name) => name.toLowerCase().includes(part));
  return [...models].sort((a, b) => Number(fits(b)) - Number(fits(a)) || a.name.localeCompare(b.name));
}
