/** What must not happen on any page: an error in the console, an uncaught exception, a request to somewhere else. */
import type { BrowserContext } from "@playwright/test";

export interface Watch {
  /** What went wrong so far, each with the address of its page. */
  readonly errors: string[];
  readonly strangers: string[];
}

/** Watch all pages of a context. `origin`: the only one that may be asked. */
export function watch(context: BrowserContext, origin: string): Watch {
  const found: Watch = { errors: [], strangers: [] };
  context.on("console", (message) => {
    if (message.type() === "error") found.errors.push(`${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) =>
    found.errors.push(`uncaught: ${error.error().stack ?? error.error().message}`),
  );
  context.on("request", (request) => {
    if (isStrange(request.url(), origin)) found.strangers.push(request.url());
  });
  context.on("page", (page) => {
    page.on("websocket", (socket) => {
      if (isStrange(socket.url(), origin)) found.strangers.push(socket.url());
    });
  });
  return found;
}

function isStrange(address: string, origin: string): boolean {
  const url = new URL(address);
  if (url.protocol === "blob:" || url.protocol === "data:" || url.protocol === "about:") return false;
  return `${url.protocol.replace("ws", "http")}//${url.host}` !== origin;
}
