/** The graph that a file holds: JSON, or a PNG that carries one. */
import type { WorkflowDocument } from "../../graph/document";
import { workflowIn } from "./open";
import { graphIn } from "./png";

export async function graphOf(file: File): Promise<WorkflowDocument> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const carried = await graphIn(bytes);
  const found = workflowIn(carried === null ? new TextDecoder().decode(bytes) : JSON.stringify(carried));
  if (found === null) throw new Error(`${file.name} holds no workflow`);
  return found;
}
