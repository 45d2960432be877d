/** The two versions: what they are called, how the server is asked for them, how a comparison begins and ends. */
import type { AskedVersions, Json, Picture } from "../../api/types";
import type { App } from "../../app/services";
import type { WorkflowDocument } from "../../graph/document";
import type { Side } from "../../view/results";
import { originOf } from "../origin";

export const NOW: Side = { kind: "now" };

export function labelOf(side: Side): string {
  switch (side.kind) {
    case "now":
      return "Now";
    case "revision":
      return `Revision ${side.revision}`;
    case "workflow":
      return side.name.replaceAll("_", " ");
    case "document":
      return side.label;
  }
}

export function askedFor(workflow: string, side: Side): AskedVersions["old"] {
  switch (side.kind) {
    case "now":
      return { workflow };
    case "revision":
      return { workflow, revision: side.revision };
    case "workflow":
      return { workflow: side.name };
    case "document":
      return { document: side.document as unknown as { [key: string]: Json } };
  }
}

/** Draw the difference between two versions in place of the document. */
export function compareVersions(app: App, old: Side, now: Side = NOW): void {
  const back = app.results.getState().versions?.back ?? app.canvas.current?.view() ?? null;
  app.view.setState({ selection: new Set(), link: null });
  app.results.setState({
    versions: { old, new: now, found: null, list: innerWidth > 900, back },
    lightbox: null,
    comparing: false,
    grid: null,
  });
}

/** Put a version in the place of the older one; begin, if nothing is compared. */
export function compareWith(app: App, side: Side): void {
  const { versions } = app.results.getState();
  compareVersions(app, side, versions?.new ?? NOW);
}

/** A graph from a file: JSON, or a picture that carries one. */
export async function sideOfFile(file: File): Promise<Side> {
  const { graphOf } = await import("../files/graph");
  return { kind: "document", label: file.name, document: await graphOf(file) };
}

/** The graph that made a picture, with the values of its run. */
export async function sideOfPicture(app: App, picture: Pick<Picture, "run" | "name">): Promise<Side> {
  return documentSide(picture.name, await originOf(app.api, picture.run));
}

export function documentSide(label: string, document: WorkflowDocument): Side {
  return { kind: "document", label, document };
}
