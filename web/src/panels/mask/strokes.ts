/** A mask as the strokes that made it: drawn anew after each undo, so that undo costs no memory. */

export type Point = readonly [number, number];
export type Shape = "rectangle" | "ellipse";

export type Stroke =
  | { kind: "paint" | "erase"; size: number; points: readonly Point[] }
  | { kind: "shape"; shape: Shape; erase: boolean; from: Point; to: Point }
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
    case "shape":
      context.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
      return area(context, stroke);
    default:
      context.globalCompositeOperation = stroke.kind === "paint" ? "source-over" : "destination-out";
      line(context, stroke.points, stroke.size);
  }
}

function area(
  context: CanvasRenderingContext2D,
  { shape, from, to }: Extract<Stroke, { kind: "shape" }>,
): void {
  const [left, top] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
  const [width, height] = [Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])];
  if (shape === "rectangle") return context.fillRect(left, top, width, height);
  context.beginPath();
  context.ellipse(left + width / 2, top + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
  context.fill();
}

function line(context: CanvasRenderingContext2D, points: readonly Point[], size: number): void {
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
