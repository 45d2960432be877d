/** Files from outside: a workflow (JSON, a Python program, a PNG with one in it) opens; other pictures become inputs. */
import type { JsonObject } from "../../api/types";
import type { App } from "../../app/services";
import { problemText } from "../../canvas/problems";
import type { WorkflowDocument } from "../../graph/document";
import { openDocument } from "../../shell/documents";
import { placeFile, type Where } from "./place";
import { carriesGraph } from "./png";

const SPREAD = 40; // between the nodes of several pictures at once

export async function openFiles(app: App, files: readonly File[], where: Where = {}): Promise<void> {
  let placed = 0;
  for (const file of files) {
    if (await isWorkflow(file)) {
      await importFile(app, file);
    } else if (file.name.endsWith(".py")) {
      await importProgram(app, file);
    } else if (file.type.startsWith("image/")) {
      if (app.document.store.getState().name === null)
        throw new Error("open a workflow first, for the picture to go to");
      const at = where.at ?? app.canvas.current?.centre() ?? [0, 0];
      const offset = placed * SPREAD;
      await placeFile(app, file, { ...where, at: [at[0] + offset, at[1] + offset] });
      placed += 1;
    } else throw new Error(`${file.name} is neither a workflow nor a picture`);
  }
}

async function isWorkflow(file: File): Promise<boolean> {
  if (file.type === "application/json" || file.name.endsWith(".json")) return true;
  return file.type === "image/png" && carriesGraph(new Uint8Array(await file.arrayBuffer()));
}

/** Keep the file's workflow under a name that is free, and open it. The server reads it, and says what is wrong. */
export async function importFile(app: App, file: File): Promise<string> {
  const base = plainName(file.name);
  const { workflows } = await app.api.workflows();
  const taken = new Set(workflows.map((one) => one.name));
  const name = freeDocumentName(base, taken);
  await app.api.importWorkflow(name, file);
  openDocument(app, name);
  return name;
}

/** Open the workflow that a program makes: the server reads it, and never runs it. */
async function importProgram(app: App, file: File): Promise<void> {
  const { document, problems } = await app.api.readPython(await file.text(), null);
  const [first] = problems;
  if (document === null && first !== undefined)
    throw new Error(`${file.name}, line ${first.place.line}: ${problemText(first)}`);
  const name = file.name.replace(/\.py$/, ".json");
  await importFile(app, new File([JSON.stringify(document)], name, { type: "application/json" }));
}

/** Text that was pasted: a whole workflow, or null. */
export function workflowIn(text: string): WorkflowDocument | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const found = JSON.parse(text) as Partial<WorkflowDocument> & { loom?: unknown };
    const isOne = typeof found.format === "number" && typeof found.nodes === "object" && found.nodes !== null;
    return isOne && found.loom === undefined ? (found as WorkflowDocument) : null;
  } catch {
    return null;
  }
}

/** A file's name as that of a document: what is allowed in one, without the suffix and the number of a saved picture. */
export function plainName(file: string): string {
  const plain = file
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "_")
    .replaceAll(/^[_-]+|[_-]+$/g, "")
    .replace(/-\d{4}$/, "");
  return plain.slice(0, 50) || "workflow";
}

export function freeDocumentName(base: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}_${number}`)) return `${base}_${number}`;
}

export async function openText(app: App, document: WorkflowDocument): Promise<string> {
  const bytes = JSON.stringify(document as unknown as JsonObject);
  return importFile(
    app,
    new File([bytes], `${document.name ?? "workflow"}.json`, { type: "application/json" }),
  );
}
