/** The program of the open workflow, as the server writes it. */
import type { JsonObject } from "../../api/types";
import type { App } from "../../app/services";
import { writeText } from "../../tools/clipboard";
import { saveFile } from "../files/export";

async function programOf(app: App): Promise<string> {
  return (await app.api.writePython(app.document.document as unknown as JsonObject)).text;
}

export async function copyProgram(app: App): Promise<void> {
  await writeText(await programOf(app));
  app.tell("The program is on the clipboard", "good");
}

export async function saveProgram(app: App): Promise<void> {
  const name = app.document.store.getState().name ?? "workflow";
  saveFile(new Blob([await programOf(app)], { type: "text/x-python" }), `${name}.py`);
}
