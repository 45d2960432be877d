/** The start: who we are, what node types there are, and the first document. */
import { createRoot, type Root } from "react-dom/client";
import { bookmarkCommands } from "./a11y/bookmarks";
import { keyboardCommands } from "./a11y/commands";
import { outlinePanel } from "./a11y/panel";
import { touchCommands } from "./a11y/touchCommands";
import { Api } from "./api/client";
import { type Credentials, findCredentials } from "./api/credentials";
import { AppContext } from "./app/context";
import { type App, createApp } from "./app/services";
import { editCommands, panelCommands, runCommands, viewCommands } from "./commands/builtin";
import { commandsOfPanels, panels, timesPanel } from "./panels/builtin";
import { pythonPanel } from "./panels/python/panel";
import { openFirst } from "./shell/documents";
import { Editor } from "./shell/Editor";
import { problemCommands } from "./shell/problemCommands";
import { SignIn } from "./shell/SignIn";
import { toolCommands } from "./tools/commands";
import { selectionPanel } from "./tools/panel";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/responsive.css";

async function start(root: Root): Promise<void> {
  document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: light)").matches
    ? "light"
    : "dark";
  const credentials = await findCredentials();
  if (credentials.known) await open(root, credentials);
  else root.render(<SignIn credentials={credentials} done={() => void open(root, credentials)} />);
}

async function open(root: Root, credentials: Credentials): Promise<void> {
  const api = new Api(credentials);
  const listed = api.workflows(); // asked for together: one waits for the other only to be shown
  listed.catch(() => {}); // who awaits it is told
  const app = createApp(api, await api.nodeTypes());
  app.panels.add(...panels, selectionPanel, outlinePanel, pythonPanel, timesPanel);
  app.commands.add(
    ...commandsOfPanels, // first: what lies over the canvas takes keys such as Escape before it
    ...touchCommands,
    ...keyboardCommands,
    ...problemCommands,
    ...bookmarkCommands,
    ...runCommands,
    ...editCommands,
    ...viewCommands,
    ...toolCommands,
    ...panelCommands(app),
  );
  const opened = openFirst(app, listed); // its document comes while the editor is drawn
  root.render(
    <AppContext value={app}>
      <Editor />
    </AppContext>,
  );
  await opened;
  app.ui.setState({ ready: true });
  await app.runner.start();
  followDocument(app);
}

/** With each document comes its last run. */
function followDocument(app: App): void {
  const resume = (name: string | null): void => {
    if (name !== null) app.runner.resume(name).catch(() => {});
  };
  resume(app.document.store.getState().name);
  app.document.store.subscribe((state, was) => {
    if (state.name !== was.name) resume(state.name);
  });
}

const element = document.getElementById("root");
if (element !== null) void start(createRoot(element));
