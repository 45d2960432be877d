/** A mask as the strokes that made it: drawn anew after each undo, so that undo costs no memory. */

export type Stroke =
  | { kind: "paint" | "erase"; size: number; points: [number, number][] }
  | { kind: "all" | "nothing" | "invert" };

/** Draw strokes over what was masked at first. `colour` is opaque: where it stands, the mask is. */
export function draw(
  context: CanvasRenderingContext2D,
  first: CanvasImageSource | null,
  strokes: readonly Stroke[],
  colour: string,
): void {
  const { width, height } = context.canvas;
  context.globalCompositeOperation = "source-over";
  context.clearRect(0, 0, width, height);
  if (first !== null) context.drawImage(first, 0, 0);
  tint(context, colour);
  for (const stroke of strokes) drawOne(context, stroke, colour);
}

export function drawOne(context: CanvasRenderingContext2D, stroke: Stroke, colour: string): void {
  const { width, height } = context.canvas;
  context.fillStyle = colour;
  context.strokeStyle = colour;
  switch (stroke.kind) {
    case "nothing":
      return context.clearRect(0, 0, width, height);
    case "all":
      context.globalCompositeOperation = "source-over";
      return context.fillRect(0, 0, width, height);
    case "invert":
      context.globalCompositeOperation = "source-out";
      return context.fillRect(0, 0, width, height);
    default:
      context.globalCompositeOperation = stroke.kind === "paint" ? "source-over" : "destination-out";
      line(context, stroke.points, stroke.size);
  }
}

function line(context: CanvasRenderingContext2D, points: [number, number][], size: number): void {
  const [first, ...rest] = points;
  if (first === undefined) return;
  context.beginPath();
  context.lineWidth = size;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.moveTo(...first);
  if (rest.length === 0) context.lineTo(first[0] + 0.01, first[1]);
  for (const point of rest) context.lineTo(...point);
  context.stroke();
}

/** Everything that is there gets the colour. */
function tint(context: CanvasRenderingContext2D, colour: string): void {
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.globalCompositeOperation = "source-over";
}
