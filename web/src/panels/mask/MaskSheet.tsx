/** The picture with the mask on it: painted by pointer or finger, and by keys, with the hand shown as a ring. */
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { movedTo, type Painting, pressed, released, toggled, wayOf } from "./painting";
import { type Source, split } from "./source";
import { draw, drawOne, type Point, type Stroke } from "./strokes";

const COLOUR = "rgb(236, 72, 153)"; // of the mask on show; what is kept is where it stands
const WALKS = /^(Arrow(Left|Right|Up|Down)|Home|End|PageUp|PageDown)$/;

interface Props {
  source: Source;
  painting: Painting;
  change(next: (was: Painting) => Painting): void;
  layer: RefObject<HTMLCanvasElement | null>;
}

export function MaskSheet({ source, painting, change, layer }: Props) {
  const sheet = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLCanvasElement>(null);
  const held = useRef(new Set<string>());
  const [focused, setFocused] = useState(false);
  useEffect(() => {
    below.current?.getContext("2d")?.putImageData(split(source).colours, 0, 0);
    sheet.current?.focus();
  }, [source]);
  useDrawn(source, painting, layer);

  const at = (event: PointerEvent<HTMLCanvasElement>): Point => {
    const rect = event.currentTarget.getBoundingClientRect();
    return [
      ((event.clientX - rect.left) / rect.width) * source.width,
      ((event.clientY - rect.top) / rect.height) * source.height,
    ];
  };
  const keyDown = (event: KeyboardEvent): void => {
    const { key, shiftKey, altKey, repeat } = event;
    if (event.ctrlKey || event.metaKey) return;
    if (WALKS.test(key)) {
      held.current.add(key); // two arrows at once lead between them
      const keys = [...held.current];
      change((was) => movedTo(was, wayOf(was, keys, shiftKey, altKey)));
    } else if (key === " " && !repeat) change(pressed);
    else if (key === "Enter" && !repeat) change(toggled);
    else if (key !== " " && key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
  };
  const keyUp = ({ key }: KeyboardEvent): void => {
    held.current.delete(key);
    if (key === " ") change(released);
  };
  return (
    <div
      ref={sheet}
      className="mask-sheet"
      role="application"
      aria-label="the sheet: arrows move the brush, Space paints"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is painted on by keys
      tabIndex={0}
      style={{ aspectRatio: `${source.width} / ${source.height}` }}
      onKeyDown={keyDown}
      onKeyUp={keyUp}
      onFocus={() => setFocused(true)}
      onBlur={() => {
        setFocused(false);
        held.current.clear();
        change((was) => (was.pen === null ? was : released(was)));
      }}
    >
      <canvas ref={below} width={source.width} height={source.height} role="img" aria-label="the picture" />
      <canvas
        ref={layer}
        className="mask-layer"
        width={source.width}
        height={source.height}
        role="img"
        aria-label="the mask, painted with the pointer"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const to = at(event);
          change((was) => pressed(movedTo(was, to)));
        }}
        onPointerMove={(event) => {
          const to = at(event);
          change((was) => movedTo(was, to));
        }}
        onPointerUp={() => change(released)}
        onPointerCancel={() => change(released)}
      />
      {focused && <Hand painting={painting} />}
    </div>
  );
}

/** Where the hand is: a ring as wide as the brush, or a cross; and the shape under way. */
function Hand({ painting: { width, height, cursor, tool, size, corner, pen } }: { painting: Painting }) {
  const [x, y] = cursor;
  const arm = Math.max(width, height) / 40;
  const cross = `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`;
  const ring = `M${x - size / 2} ${y}a${size / 2} ${size / 2} 0 1 0 ${size} 0a${size / 2} ${size / 2} 0 1 0 ${-size} 0z`;
  const paths = [tool === "brush" ? ring : cross, corner === null ? "" : outline(tool, corner, cursor)];
  return (
    <svg className="mask-hand" viewBox={`0 0 ${width} ${height}`} aria-hidden="true" data-down={pen !== null}>
      <path className="mask-hand-back" d={paths.join("")} />
      <path d={paths.join("")} />
    </svg>
  );
}

function outline(tool: Painting["tool"], [ax, ay]: Point, [bx, by]: Point): string {
  if (tool === "rectangle") return `M${ax} ${ay}H${bx}V${by}H${ax}z`;
  const [rx, ry] = [Math.abs(ax - bx) / 2, Math.abs(ay - by) / 2];
  const left = Math.min(ax, bx);
  return `M${left} ${(ay + by) / 2}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
}

/** Draw what is new; all of it again only after an undo. */
function useDrawn(source: Source, painting: Painting, layer: RefObject<HTMLCanvasElement | null>): void {
  const first = useRef<OffscreenCanvas | null>(null);
  const drawn = useRef<{ strokes: readonly Stroke[]; pen: Painting["pen"]; points: number }>({
    strokes: [],
    pen: null,
    points: 0,
  });
  useEffect(() => {
    const was = new OffscreenCanvas(source.width, source.height);
    was.getContext("2d")?.putImageData(split(source).mask, 0, 0);
    first.current = was;
    const context = layer.current?.getContext("2d", { willReadFrequently: true });
    if (context) draw(context, was, [], COLOUR);
  }, [source, layer]);
  useEffect(() => {
    const context = layer.current?.getContext("2d");
    if (!context) return;
    const was = drawn.current;
    const { strokes, pen, erase, size } = painting;
    if (strokes !== was.strokes || (was.pen !== null && pen === null)) {
      const last = strokes.at(-1);
      const oneMore = strokes.length === was.strokes.length + 1 && strokes.at(-2) === was.strokes.at(-1);
      if (oneMore && last !== undefined) drawOne(context, last, COLOUR);
      else draw(context, first.current, strokes, COLOUR);
    }
    if (pen !== null) {
      const from = was.pen === null ? 0 : Math.max(0, was.points - 1);
      drawOne(context, { kind: erase ? "erase" : "paint", size, points: pen.slice(from) }, COLOUR);
    }
    drawn.current = { strokes, pen, points: pen?.length ?? 0 };
  }, [painting, layer]);
}
