/** A template as a new document: its graph, with the pictures that it reads uploaded, so that it runs at once. */
import type { Api } from "../api/client";
import type { WorkflowDocument } from "../graph/document";

export const FIRST = "text_to_image";

export async function loadTemplate(api: Api, name: string): Promise<WorkflowDocument> {
  const { templateInput, templates } = await import("./catalogue");
  const found = templates().find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no template ${name}`);
  return withInputs(api, found.document, templateInput);
}

async function withInputs(
  api: Api,
  document: WorkflowDocument,
  addressOf: (name: string) => string | undefined,
): Promise<WorkflowDocument> {
  const nodes = { ...document.nodes };
  for (const [node, body] of Object.entries(document.nodes)) {
    const inputs = { ...body.inputs };
    for (const [input, value] of Object.entries(inputs)) {
      const address = typeof value === "string" ? addressOf(value) : undefined;
      if (address === undefined || typeof value !== "string") continue;
      const bytes = await (await fetch(address)).blob();
      const file = new File([bytes], value.slice(value.lastIndexOf("/") + 1), { type: bytes.type });
      inputs[input] = (await api.upload(file)).input;
      nodes[node] = { ...body, inputs };
    }
  }
  return { ...document, nodes };
}
