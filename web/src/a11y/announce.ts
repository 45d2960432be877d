/** Say something to who listens to the page: the text of its live region. */
import type { App } from "../app/services";

export function announce(app: App, text: string): void {
  app.ui.setState({ said: text });
}
