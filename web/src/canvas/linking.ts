/** A link is begun at a socket and ends at another, by a drag or by two taps. */
import type { App } from "../app/services";
import { canConnect, connect, type End, endType } from "../document/edits";
import type { Operation } from "../document/operations";
import { Inference } from "../graph/infer";
import type { Connecting } from "../view/viewState";
import { branched } from "./rerouting";

export type Fit = "self" | "yes" | "no";

/** A link from here is under way; `tapped`: it waits for a second tap. */
export function beginLink(
  app: App,
  end: End,
  from: Connecting["from"],
  tapped: boolean,
  through?: string,
): void {
  const { document } = app.document;
  const type = endType(document, app.registry, new Inference(document, app.registry), end);
  app.view.setState({ connecting: { ...end, from, type, tapped, through } });
}

/** True if this socket may be the other end of what is under way. */
export function fitOf(app: App, begun: Connecting, end: End, role: Connecting["from"]): Fit {
  if (begun.node === end.node && begun.handle === end.handle) return "self";
  if (begun.from === role) return "no";
  const [from, to] = role === "input" ? [begun, end] : [end, begun];
  return canConnect(app.document.document, app.registry, from, to) ? "yes" : "no";
}

/** What links what is under way to this socket; null if there is no such link to write. */
export function linkTo(app: App, begun: Connecting, end: End): Operation[] | null {
  const [from, to] = begun.from === "output" ? [begun, end] : [end, begun];
  const { document } = app.document;
  const operations = connect(document, app.registry, from, to);
  if (operations === null || begun.through === undefined) return operations;
  return branched(document, operations, begun.through, to);
}

/** Write the link between what is under way and this socket. */
export function endLink(app: App, begun: Connecting, end: End): void {
  const operations = linkTo(app, begun, end);
  if (operations !== null) app.document.edit(...operations);
}
