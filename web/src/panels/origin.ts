/** What made a picture: the graph of its run, with the values that the run set in it. */
import type { Api } from "../api/client";
import type { Json } from "../api/types";
import type { WorkflowDocument } from "../graph/document";
import { withValues } from "../graph/values";
import type { Pin } from "../view/results";

export async function originOf(api: Api, run: string): Promise<WorkflowDocument> {
  const [document, whole] = await Promise.all([api.runWorkflow(run), api.run(run)]);
  return withValues(document as unknown as WorkflowDocument, whole.set as { [path: string]: Json });
}

export async function pinOf(api: Api, run: string, url: string, name: string): Promise<Pin> {
  return { run, url, name, document: await originOf(api, run) };
}
