/** The mask's tools, the sheet to paint on, its keys, and what is said of it. */
import { Dialog } from "radix-ui";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useApp } from "../../app/context";
import { CloseIcon } from "../../shell/icons";
import type { MaskAct } from "../../view/results";
import { encodePng } from "../files/png";
import { MaskKeys } from "./MaskKeys";
import { MaskSheet } from "./MaskSheet";
import { added, begun, dropped, type Painting, redone, sized, undone, withTool } from "./painting";
import { joined, type Source } from "./source";
import { coverText, cursorText, saidOf } from "./words";

const RESTS = 350; // ms: where the hand is, is said when it rests
const LEAVE = "Escape again leaves without keeping the mask";

export function Painter({ node, source, close }: { node: string; source: Source; close(): void }) {
  const app = useApp();
  const layer = useRef<HTMLCanvasElement>(null);
  const [painting, setPainting] = useState(() => begun(source.width, source.height));
  const [saving, setSaving] = useState(false);
  const [keys, setKeys] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const said = useSaid(painting, layer);

  const change = (next: (was: Painting) => Painting): void => {
    setLeaving(false);
    setPainting(next);
  };
  const save = async (): Promise<void> => {
    const context = layer.current?.getContext("2d");
    if (!context || saving) return;
    setSaving(true);
    const mask = context.getImageData(0, 0, source.width, source.height);
    const bytes = await encodePng(joined(source, mask), source.width, source.height);
    const asset = await app.api.upload(new File([bytes], "masked.png", { type: "image/png" }));
    app.document.edit({ op: "set_input", node, input: "file", value: asset.input });
    app.tell("The mask is kept; the node gives it as its output “mask”", "good");
    close();
  };
  const acts: Record<MaskAct, () => void> = {
    brush: () => change((was) => withTool(was, "brush")),
    rectangle: () => change((was) => withTool(was, "rectangle")),
    ellipse: () => change((was) => withTool(was, "ellipse")),
    erase: () => change((was) => ({ ...was, erase: !was.erase })),
    smaller: () => change((was) => sized(was, Math.min(was.size - 1, was.size * 0.8))),
    larger: () => change((was) => sized(was, Math.max(was.size + 1, was.size * 1.25))),
    undo: () => change(undone),
    redo: () => change(redone),
    invert: () => change((was) => added(dropped(was), { kind: "invert" })),
    clear: () => change((was) => added(dropped(was), { kind: "nothing" })),
    keep: () =>
      void save().catch((error: Error) => {
        setSaving(false);
        app.tell(error.message, "error");
      }),
    keys: () => setKeys((was) => !was),
  };
  /** Escape: drop what is under way first, and never lose strokes by one key. */
  const leave = (): boolean => {
    if (keys) setKeys(false);
    else if (dropped(painting) !== painting) change(dropped);
    else if (painting.strokes.length > 0 && !leaving) setLeaving(true);
    else return true;
    return false;
  };
  useEffect(() => {
    app.painter.current = { act: (what) => acts[what](), leave };
  });
  useEffect(
    () => () => {
      app.painter.current = null;
    },
    [app],
  );
  const { tool, erase, size, strokes } = painting;
  const button = (act: MaskAct, text: ReactNode, more: { pressed?: boolean; disabled?: boolean } = {}) => (
    <ActButton act={act} {...more}>
      {text}
    </ActButton>
  );
  return (
    <div className="mask-body">
      <header className="mask-bar">
        <Dialog.Title>Mask</Dialog.Title>
        <fieldset className="view-switch" aria-label="tool">
          {button("brush", "Brush", { pressed: tool === "brush" })}
          {button("rectangle", "Rectangle", { pressed: tool === "rectangle" })}
          {button("ellipse", "Ellipse", { pressed: tool === "ellipse" })}
        </fieldset>
        <fieldset className="view-switch" aria-label="what it does">
          <button type="button" aria-pressed={!erase} onClick={() => erase && acts.erase()}>
            Paint
          </button>
          <button type="button" aria-pressed={erase} onClick={() => !erase && acts.erase()}>
            Erase
          </button>
        </fieldset>
        <label className="mask-size">
          Size
          <input
            type="range"
            min={1}
            max={Math.max(source.width, source.height) / 2}
            value={size}
            aria-valuetext={`${size} pixels`}
            onChange={(event) => change((was) => sized(was, Number(event.target.value)))}
          />
        </label>
        <span className="mask-acts">
          {button("undo", "Undo", { disabled: strokes.length === 0 })}
          {button("redo", "Redo", { disabled: painting.undone.length === 0 })}
          {button("invert", "Invert")}
          {button("clear", "Clear")}
          <ActButton act="keys" expanded={keys}>
            Keys
          </ActButton>
        </span>
        <span className="mask-spacer" />
        <button type="button" className="button small primary" disabled={saving} onClick={acts.keep}>
          Keep the mask
        </button>
        <Dialog.Close className="button small icon quiet" aria-label="Close without keeping">
          <CloseIcon />
        </Dialog.Close>
      </header>
      <div className="mask-stage">
        <MaskSheet source={source} painting={painting} change={change} layer={layer} />
        {keys && <MaskKeys />}
      </div>
      <p className="mask-hint" data-leaving={leaving}>
        {leaving ? LEAVE : "What is painted is made anew. Arrows move, Space paints; ? shows all keys."}
      </p>
      <p className="hidden-text" role="status" aria-live="polite" data-testid="mask-said">
        {leaving ? LEAVE : said}
      </p>
    </div>
  );
}

interface ActProps {
  act: MaskAct;
  pressed?: boolean;
  disabled?: boolean;
  expanded?: boolean;
  children: ReactNode;
}

function ActButton({ act, pressed, disabled = false, expanded, children }: ActProps) {
  const app = useApp();
  return (
    <button
      type="button"
      className={pressed === undefined ? "button small" : undefined}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={() => app.commands.run(`mask.${act}`, app)}
    >
      {children}
    </button>
  );
}

/** What was done last, and how much is masked then; or where the hand is, when it rests. */
function useSaid(painting: Painting, layer: { current: HTMLCanvasElement | null }): string {
  const [said, setSaid] = useState("");
  const before = useRef(painting);
  useEffect(() => {
    const was = before.current;
    before.current = painting;
    const text = saidOf(was, painting);
    if (text !== null) setSaid(text);
    else if (was.cursor === painting.cursor) return;
    const timer = setTimeout(() => {
      const context = layer.current?.getContext("2d", { willReadFrequently: true });
      if (!context) return;
      const { width, height, cursor, strokes } = painting;
      if (strokes !== was.strokes)
        setSaid(`${text ?? ""}, ${coverText(context.getImageData(0, 0, width, height).data)}`);
      else if (text === null) {
        const [x, y] = cursor.map((one, axis) =>
          Math.min(Math.floor(one), (axis === 0 ? width : height) - 1),
        );
        const [, , , alpha = 0] = context.getImageData(x ?? 0, y ?? 0, 1, 1).data;
        setSaid(cursorText(painting, alpha > 127));
      }
    }, RESTS);
    return () => clearTimeout(timer);
  }, [painting, layer]);
  return said;
}
