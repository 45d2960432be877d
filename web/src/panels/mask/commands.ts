/** Paint a mask on the picture of a node, and what can be done meanwhile. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import { typeName } from "../../graph/document";
import { uploadDigest } from "../../graph/uploads";
import type { MaskAct } from "../../view/results";
import { LOAD } from "../files/place";

/** The selected node whose picture can be painted on: one that loads an upload. */
function paintable(app: App): string | null {
  const { nodes } = app.document.document;
  const fits = (id: string): boolean =>
    typeName(nodes[id]?.type ?? "") === LOAD && uploadDigest(nodes[id]?.inputs?.file) !== null;
  return [...app.view.getState().selection].find(fits) ?? null;
}

/** What can be done while a mask is painted; the keys that move the hand are the sheet's own. */
const PAINTING: readonly (readonly [act: MaskAct, title: string, ...keys: string[]])[] = [
  ["brush", "Mask: paint with the brush", "b"],
  ["rectangle", "Mask: a rectangle by two corners", "r"],
  ["ellipse", "Mask: an ellipse by two corners", "e"],
  ["erase", "Mask: erase, or paint again", "x"],
  ["smaller", "Mask: a smaller brush", "["],
  ["larger", "Mask: a larger brush", "]"],
  ["undo", "Mask: undo", "$mod+z"],
  ["redo", "Mask: redo", "$mod+Shift+z", "$mod+y"],
  ["invert", "Mask: invert", "i"],
  ["clear", "Mask: clear", "Delete"],
  ["keep", "Mask: keep it", "$mod+Enter"],
  ["keys", "Mask: its keys", "Shift+?", "F1"],
];

export const maskCommands: Command[] = [
  ...PAINTING.map(
    ([act, title, ...keys]): Command => ({
      id: `mask.${act}`,
      title,
      group: "Mask",
      keys,
      inFields: true, // the painter is a dialog
      enabled: (app) => app.painter.current !== null,
      run: (app) => app.painter.current?.act(act),
    }),
  ),
  {
    id: "mask.paint",
    title: "Paint a mask…",
    group: "Node",
    places: ["node"],
    enabled: (app) => paintable(app) !== null,
    run: (app) => app.results.setState({ mask: paintable(app) }),
  },
];
