/** Let a person choose files of their own. */
import type { App } from "../../app/services";

export const GRAPHS = "application/json,image/png,.json";

export function askFile(
  app: App,
  then: (files: File[]) => unknown,
  { accept = GRAPHS, multiple = false } = {},
): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.multiple = multiple;
  input.onchange = () => {
    Promise.resolve(then([...(input.files ?? [])])).catch((error: Error) => app.tell(error.message, "error"));
  };
  input.click();
}
