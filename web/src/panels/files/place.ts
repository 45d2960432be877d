/** A picture from outside becomes an input: uploaded, and named by an `image.load` node. */
import type { App } from "../../app/services";
import { addNode } from "../../document/edits";
import type { Operation } from "../../document/operations";
import { typeName } from "../../graph/document";
import type { Point } from "../../view/geometry";

export const LOAD = "image.load";

export interface Where {
  /** where a new node goes; by default to the middle of what is seen */
  at?: Point;
  /** the node that takes the picture, if it can */
  node?: string;
  /** take the selected node, if it can */
  select?: boolean;
}

/** Upload a picture and give it to a node; a new one, where none is named. Returns the node. */
export async function placeFile(app: App, file: File, where: Where = {}): Promise<string> {
  const spec = app.registry.find(LOAD);
  if (spec === undefined) throw new Error(`this server has no ${LOAD}`);
  const { input } = await app.api.upload(file);
  const { document } = app.document;
  const takes = (id: string | undefined): id is string =>
    id !== undefined && typeName(document.nodes[id]?.type ?? "") === LOAD;
  const picked = where.select === true ? [...app.view.getState().selection] : [];
  const there = [where.node, ...picked].find(takes);
  if (there !== undefined) {
    app.document.edit({ op: "set_input", node: there, input: "file", value: input });
    app.tell(`${file.name} is the picture of ${there} now`, "good");
    return there;
  }
  const made = addNode(document, spec, where.at ?? app.canvas.current?.centre() ?? [0, 0]);
  const set: Operation = { op: "set_input", node: made.node, input: "file", value: input };
  app.document.edit(...made.operations, set);
  app.view.setState({ selection: new Set([made.node]) });
  return made.node;
}
