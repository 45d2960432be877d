/** A link is begun at a socket and ends at another, by a drag or by two taps. */
import type { App } from "../app/services";
import { canConnect, connect, type End, endType } from "../document/edits";
import { Inference } from "../graph/infer";
import type { Connecting } from "../view/viewState";

export type Fit = "self" | "yes" | "no";

/** A link from here is under way; `tapped`: it waits for a second tap. */
export function beginLink(app: App, end: End, from: Connecting["from"], tapped: boolean): void {
  const { document } = app.document;
  const type = endType(document, app.registry, new Inference(document, app.registry), end);
  app.view.setState({ connecting: { ...end, from, type, tapped } });
}

/** True if this socket may be the other end of what is under way. */
export function fitOf(app: App, begun: Connecting, end: End, role: Connecting["from"]): Fit {
  if (begun.node === end.node && begun.handle === end.handle) return "self";
  if (begun.from === role) return "no";
  const [from, to] = role === "input" ? [begun, end] : [end, begun];
  return canConnect(app.document.document, app.registry, from, to) ? "yes" : "no";
}

/** Write the link between what is under way and this socket. */
export function endLink(app: App, begun: Connecting, end: End): void {
  const [from, to] = begun.from === "output" ? [begun, end] : [end, begun];
  const operations = connect(app.document.document, app.registry, from, to);
  if (operations !== null) app.document.edit(...operations);
}
