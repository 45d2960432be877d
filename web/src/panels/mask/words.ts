/** What painting a mask says to who does not see it. Pure. */
import type { Painting } from "./painting";

/** What has changed from one moment to the next, but for the way of the hand; null if that is nothing to speak of. */
export function saidOf(was: Painting, now: Painting): string | null {
  if (was.tool !== now.tool)
    return now.tool === "brush" ? "Brush" : `${capital(now.tool)}: Space sets one corner, then the other`;
  if (was.erase !== now.erase) return now.erase ? "Erasing" : "Painting";
  if (was.size !== now.size) return `Brush ${now.size} pixels wide`;
  if (was.pen === null && now.pen !== null) return now.erase ? "Eraser down" : "Brush down";
  if (was.corner === null && now.corner !== null) return `First corner at ${place(now.corner)}`;
  if (now.undone.length > was.undone.length) return "Undone";
  if (now.strokes.length > was.strokes.length) {
    if (was.undone.length > now.undone.length && now.strokes.at(-1) === was.undone.at(-1)) return "Redone";
    return doneText(now);
  }
  if (was.pen !== null && now.pen === null) return "Stroke dropped";
  if (was.corner !== null && now.corner === null) return "Corner dropped";
  return null;
}

function doneText(now: Painting): string {
  const stroke = now.strokes.at(-1);
  switch (stroke?.kind) {
    case "shape": {
      const [width, height] = [stroke.to[0] - stroke.from[0], stroke.to[1] - stroke.from[1]].map((one) =>
        Math.round(Math.abs(one)),
      );
      return `${capital(stroke.shape)} of ${width} by ${height} ${stroke.erase ? "erased" : "painted"}`;
    }
    case "paint":
      return "Brush lifted";
    case "erase":
      return "Eraser lifted";
    case "invert":
      return "Inverted";
    default:
      return "Cleared";
  }
}

/** Where the hand is, and whether the mask is there. */
export function cursorText({ cursor }: Painting, masked: boolean): string {
  return `${place(cursor)}, ${masked ? "masked" : "not masked"}`;
}

/** How much of the picture is masked, of the alpha of its pixels. */
export function coverText(pixels: Uint8ClampedArray): string {
  let sum = 0;
  for (let at = 3; at < pixels.length; at += 4) sum += pixels[at] as number;
  const part = (sum / 255 / (pixels.length / 4)) * 100;
  return `${part > 0 && part < 1 ? "less than 1" : Math.round(part)} % masked`;
}

const place = (point: readonly number[]): string => point.map((one) => Math.round(one)).join(", ");
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
