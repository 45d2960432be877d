/** Paint what is to be made anew. It is kept as the transparency of the picture, which `image.load` gives as its mask. */
import { Dialog } from "radix-ui";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useApp, useResults } from "../../app/context";
import { uploadDigest } from "../../graph/uploads";
import { CloseIcon } from "../../shell/icons";
import { encodePng } from "../files/png";
import { joined, readSource, type Source, split } from "./source";
import { draw, drawOne, type Stroke } from "./strokes";
import "./mask.css";

const COLOUR = "rgb(236, 72, 153)"; // of the mask on show; what is kept is where it stands

export function MaskEditor() {
  const app = useApp();
  const node = useResults((state) => state.mask);
  const close = (): void => app.results.setState({ mask: null });
  const file = node === null ? undefined : app.document.document.nodes[node]?.inputs?.file;
  const digest = uploadDigest(file);
  const [source, setSource] = useState<Source | null>(null);
  useEffect(() => {
    if (digest === null) return;
    let current = true;
    readSource(app, digest).then(
      (found) => current && setSource(found),
      (error: Error) => {
        app.tell(error.message, "error");
        app.results.setState({ mask: null });
      },
    );
    return () => {
      current = false;
    };
  }, [app, digest]);
  return (
    <Dialog.Root open={node !== null} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <div className="veil lightbox-veil" />
        <Dialog.Content className="mask-editor" aria-describedby={undefined}>
          {node !== null && source !== null ? (
            <Painter node={node} source={source} close={close} />
          ) : (
            <Dialog.Title className="mask-wait">Reading the picture…</Dialog.Title>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Painter({ node, source, close }: { node: string; source: Source; close(): void }) {
  const app = useApp();
  const below = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const first = useRef<OffscreenCanvas | null>(null);
  const held = useRef<Extract<Stroke, { points: unknown }> | null>(null);
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [erase, setErase] = useState(false);
  const [size, setSize] = useState(Math.max(4, Math.round(Math.max(source.width, source.height) / 12)));
  const [saving, setSaving] = useState(false);

  useEffect(() => {
    const { colours, mask } = split(source);
    below.current?.getContext("2d")?.putImageData(colours, 0, 0);
    const was = new OffscreenCanvas(source.width, source.height);
    was.getContext("2d")?.putImageData(mask, 0, 0);
    first.current = was;
    const context = above.current?.getContext("2d");
    if (context) draw(context, was, [], COLOUR);
  }, [source]);

  const change = (next: readonly Stroke[]): void => {
    setStrokes(next);
    const context = above.current?.getContext("2d");
    if (context) draw(context, first.current, next, COLOUR);
  };
  const add = (stroke: Stroke): void => change([...strokes, stroke]);
  const at = (event: PointerEvent<HTMLCanvasElement>): [number, number] => {
    const rect = event.currentTarget.getBoundingClientRect();
    return [
      ((event.clientX - rect.left) / rect.width) * source.width,
      ((event.clientY - rect.top) / rect.height) * source.height,
    ];
  };
  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    const context = above.current?.getContext("2d");
    if (held.current === null || !context) return;
    const before = held.current.points.at(-1) as [number, number];
    const now = at(event);
    held.current.points.push(now);
    drawOne(context, { ...held.current, points: [before, now] }, COLOUR);
  };
  const up = (): void => {
    const stroke = held.current;
    held.current = null;
    if (stroke !== null) setStrokes([...strokes, stroke]);
  };
  const save = async (): Promise<void> => {
    const context = above.current?.getContext("2d");
    if (!context) return;
    setSaving(true);
    const mask = context.getImageData(0, 0, source.width, source.height);
    const bytes = await encodePng(joined(source, mask), source.width, source.height);
    const asset = await app.api.upload(new File([bytes], "masked.png", { type: "image/png" }));
    app.document.edit({ op: "set_input", node, input: "file", value: asset.input });
    app.tell("The mask is kept; the node gives it as its output “mask”", "good");
    close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole dialog
    <div
      className="mask-body"
      onKeyDown={(event) => {
        if (event.key === "[") setSize(Math.max(1, Math.round(size * 0.8)));
        else if (event.key === "]") setSize(Math.round(size * 1.25) + 1);
        else if (event.key === "x") setErase(!erase);
        else if (event.key === "z" && (event.ctrlKey || event.metaKey)) change(strokes.slice(0, -1));
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <header className="mask-bar">
        <Dialog.Title>Mask</Dialog.Title>
        <fieldset className="view-switch" aria-label="tool">
          <button type="button" aria-pressed={!erase} onClick={() => setErase(false)}>
            Paint
          </button>
          <button type="button" aria-pressed={erase} onClick={() => setErase(true)} title="Erase (X)">
            Erase
          </button>
        </fieldset>
        <label className="mask-size">
          Brush
          <input
            type="range"
            min={1}
            max={Math.max(source.width, source.height) / 2}
            value={size}
            onChange={(event) => setSize(Number(event.target.value))}
          />
        </label>
        <button
          type="button"
          className="button small"
          disabled={strokes.length === 0}
          onClick={() => change(strokes.slice(0, -1))}
        >
          Undo
        </button>
        <button type="button" className="button small" onClick={() => add({ kind: "invert" })}>
          Invert
        </button>
        <button type="button" className="button small" onClick={() => add({ kind: "nothing" })}>
          Clear
        </button>
        <span className="mask-spacer" />
        <button
          type="button"
          className="button small primary"
          disabled={saving}
          onClick={() => {
            save().catch((error: Error) => {
              setSaving(false);
              app.tell(error.message, "error");
            });
          }}
        >
          Keep the mask
        </button>
        <Dialog.Close className="button small icon quiet" aria-label="Close without keeping">
          <CloseIcon />
        </Dialog.Close>
      </header>
      <div className="mask-stage">
        <div className="mask-sheet" style={{ aspectRatio: `${source.width} / ${source.height}` }}>
          <canvas
            ref={below}
            width={source.width}
            height={source.height}
            role="img"
            aria-label="the picture"
          />
          <canvas
            ref={above}
            className="mask-layer"
            width={source.width}
            height={source.height}
            role="img"
            aria-label="the mask, painted with the pointer"
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              const stroke = {
                kind: erase ? ("erase" as const) : ("paint" as const),
                size,
                points: [at(event)],
              };
              held.current = stroke;
              const context = above.current?.getContext("2d");
              if (context) drawOne(context, stroke, COLOUR);
            }}
            onPointerMove={move}
            onPointerUp={up}
            onPointerCancel={up}
          />
        </div>
      </div>
      <p className="mask-hint">What is painted is made anew. [ and ] change the brush, X erases.</p>
    </div>
  );
}
