/** Paint a mask on the picture of a node. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import { typeName } from "../../graph/document";
import { uploadDigest } from "../../graph/uploads";
import { LOAD } from "../files/place";

/** The selected node whose picture can be painted on: one that loads an upload. */
function paintable(app: App): string | null {
  const { nodes } = app.document.document;
  const fits = (id: string): boolean =>
    typeName(nodes[id]?.type ?? "") === LOAD && uploadDigest(nodes[id]?.inputs?.file) !== null;
  return [...app.view.getState().selection].find(fits) ?? null;
}

export const maskCommands: Command[] = [
  {
    id: "mask.paint",
    title: "Paint a mask…",
    group: "Node",
    places: ["node"],
    enabled: (app) => paintable(app) !== null,
    run: (app) => app.results.setState({ mask: paintable(app) }),
  },
];
