/** How a type looks: a hue, and a shape as second cue. See DESIGN.md, "Sockets". */
import { essential, type Type } from "../graph/types";

export type Shape = "circle" | "square" | "diamond" | "hexagon" | "triangle" | "ring" | "pill";

export interface SocketLook {
  /** a custom property of tokens.css */
  colour: string;
  shape: Shape;
  list: boolean;
}

const LOOKS: Record<string, [hue: string, shape: Shape]> = {
  State: ["latent", "circle"],
  Latent: ["latent", "circle"],
  Prediction: ["prediction", "circle"],
  Residuals: ["control", "circle"],
  Concat: ["control", "circle"],
  Conditioning: ["text", "hexagon"],
  Embedding: ["text", "hexagon"],
  Image: ["image", "square"],
  Mask: ["mask", "square"],
  Schedule: ["time", "diamond"],
  Step: ["time", "diamond"],
  SchedulerConfig: ["time", "diamond"],
  Unet: ["model", "triangle"],
  Vae: ["model", "triangle"],
  TextEncoder: ["model", "triangle"],
  ControlNet: ["model", "triangle"],
  Clip: ["model", "triangle"],
  int: ["number", "pill"],
  float: ["number", "pill"],
  Rng: ["number", "pill"],
  bool: ["number", "pill"],
  str: ["string", "pill"],
};

const LISTS = new Set(["list", "tuple", "Sequence"]);

export function socketLook(type: Type): SocketLook {
  const bare = essential(type);
  if (bare.kind === "name" && LISTS.has(bare.name)) {
    return { ...socketLook(bare.items[0] ?? { kind: "unknown" }), list: true };
  }
  if (bare.kind === "union") return socketLook(bare.members[0] ?? { kind: "unknown" });
  if (bare.kind === "literal") return look("string", "pill");
  if (bare.kind !== "name") return look("any", "ring");
  const known = LOOKS[bare.name];
  return known === undefined ? look("other", "circle") : look(...known);
}

function look(hue: string, shape: Shape): SocketLook {
  return { colour: `var(--socket-${hue})`, shape, list: false };
}

/** The outline of a shape in a 12 × 12 box. */
export const SHAPES: Record<Shape, string> = {
  circle: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z",
  ring: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z",
  square: "M3 1.8h6q1.2 0 1.2 1.2v6q0 1.2-1.2 1.2h-6q-1.2 0-1.2-1.2v-6q0-1.2 1.2-1.2z",
  diamond: "M6 .7 11.3 6 6 11.3.7 6z",
  hexagon: "M3.4 1.4h5.2L11.2 6l-2.6 4.6H3.4L.8 6z",
  triangle: "M2 1.2 11 6 2 10.8z",
  pill: "M3.6 3.4h4.8a2.6 2.6 0 0 1 0 5.2H3.6a2.6 2.6 0 0 1 0-5.2z",
};
