/** Opening and making documents; which are open as tabs. */

import { ApiError } from "../api/http";
import type { JsonObject, ListedWorkflow } from "../api/types";
import type { App } from "../app/services";
import { EMPTY, type WorkflowDocument } from "../graph/document";
import { FIRST, loadTemplate } from "../templates/templates";

/** Open a document of the server in its tab. */
export function openDocument(app: App, name: string): void {
  const { tabs } = app.ui.getState();
  if (!tabs.includes(name)) app.ui.setState({ tabs: [...tabs, name] });
  if (app.document.store.getState().name === name) return;
  app.view.setState({ selection: new Set(), drag: null, connecting: null });
  app.runner.clear();
  app.document.open(name);
  history.replaceState(null, "", `#/${name}`);
}

/** Close a tab; the document stays on the server. */
export function closeTab(app: App, name: string): void {
  const tabs = app.ui.getState().tabs.filter((one) => one !== name);
  app.ui.setState({ tabs });
  if (app.document.store.getState().name !== name) return;
  const next = tabs.at(-1);
  if (next !== undefined) openDocument(app, next);
  else {
    app.document.close();
    history.replaceState(null, "", "#/");
  }
}

/** Make a document under a name that is free, and open it. */
export async function createDocument(
  app: App,
  name: string,
  document: WorkflowDocument = EMPTY,
): Promise<string> {
  const base =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]+/g, "_")
      .replace(/^[_-]+/, "")
      .slice(0, 50) || "workflow";
  const { workflows } = await app.api.workflows();
  const taken = new Set(workflows.map((one) => one.name));
  for (let number = 1; number < 1000; number += 1) {
    const made = number === 1 ? base : `${base}_${number}`;
    if (taken.has(made)) continue;
    try {
      await app.api.createWorkflow(made, document as unknown as JsonObject);
      openDocument(app, made);
      return made;
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 412)) throw error;
    }
  }
  throw new Error(`there is no free name like ${base}`);
}

export async function createFromTemplate(app: App, template: string): Promise<string> {
  return createDocument(app, template, await loadTemplate(app.api, template));
}

/** What to show first: the address, the last tab, any document of the server, or the first template. */
export async function openFirst(app: App, listed: Promise<{ workflows: ListedWorkflow[] }>): Promise<void> {
  const { workflows } = await listed;
  const names = new Set(workflows.map((one) => one.name));
  const tabs = app.ui.getState().tabs.filter((one) => names.has(one));
  app.ui.setState({ tabs });
  const asked = /^#\/([a-z0-9_-]+)/.exec(location.hash)?.[1];
  if (asked !== undefined && names.has(asked)) return openDocument(app, asked);
  const last = tabs.at(-1) ?? workflows[0]?.name;
  if (last !== undefined) return openDocument(app, last);
  await createFromTemplate(app, FIRST);
}
