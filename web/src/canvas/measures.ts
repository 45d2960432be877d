/** The sizes that node cards and frames are made of, in canvas units. Cards are drawn to these; nothing is measured. */

export const WIDTH = 232;
export const WIDE = 272;
export const HEAD = 38;
export const ROW = 24;
export const FIELD = 30;
export const TEXT = 92;
export const MORE = 24;
export const FORMULA = 30;
export const GAP = 8;
export const PICTURE = 216;

export const FRAME = {
  head: 46,
  /** between the frame's edge and what is in it: room for the ports */
  side: 130,
  top: 34,
  /** room for the steps: their pictures, their bar */
  foot: 184,
  port: { width: 78, height: 26, gap: 14, top: 74 },
  empty: { width: 560, height: 360 },
  folded: 264,
} as const;

export const GRID = 20;
export const FAR_ZOOM = 0.35;
