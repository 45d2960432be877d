/** The editor's own commands. */

import { placeForNew } from "../a11y/focus";
import type { App } from "../app/services";
import { arrange } from "../canvas/arrange";
import { foldFrame } from "../canvas/fold";
import { removeNodes, rounded, toggleMode } from "../document/edits";
import type { Operation } from "../document/operations";
import { pointsOf } from "../document/reroutes";
import { isFrame, lookOf } from "../graph/document";
import { isUnderWay } from "../run/runner";
import { unlinked } from "./links";
import type { Command } from "./registry";

const picked = (app: App): string[] => [...app.view.getState().selection];
const pickedNodes = (app: App): string[] =>
  picked(app).filter((id) => app.document.document.nodes[id] !== undefined);
const anyPicked = (app: App): boolean => app.view.getState().selection.size > 0;
const anyNode = (app: App): boolean => pickedNodes(app).length > 0;
const hasDocument = (app: App): boolean => app.document.store.getState().name !== null;
const isRunning = (app: App): boolean => {
  const current = app.runner.store.getState().current;
  return current !== null && isUnderWay(current.status);
};

export const runCommands: Command[] = [
  {
    id: "run",
    title: "Run",
    group: "Run",
    keys: ["$mod+Enter"],
    inFields: true,
    enabled: hasDocument,
    run: (app) => app.runner.run(),
  },
  {
    id: "run.cancel",
    title: "Stop the run",
    group: "Run",
    keys: ["$mod+Period"],
    inFields: true,
    enabled: isRunning,
    run: (app) => app.runner.cancel(),
  },
];

export const editCommands: Command[] = [
  {
    id: "undo",
    title: "Undo",
    group: "Edit",
    keys: ["$mod+z"],
    looking: "live",
    enabled: hasDocument,
    run: (app) => app.document.undo(),
  },
  {
    id: "redo",
    title: "Redo",
    group: "Edit",
    keys: ["$mod+Shift+z", "$mod+y"],
    looking: "live",
    enabled: hasDocument,
    run: (app) => app.document.redo(),
  },
  {
    id: "delete",
    title: "Delete",
    group: "Edit",
    keys: ["Delete", "Backspace"],
    places: ["node", "frame", "edge"],
    enabled: anyPicked,
    run(app) {
      const { menu } = app.ui.getState();
      const ids = menu?.edge == null ? picked(app) : [`edge:${menu.edge}`];
      const gone = new Set(ids);
      const edges = app
        .scene()
        .edges.filter(
          (one) => gone.has(`edge:${one.id}`) && !gone.has(one.link.node) && !gone.has(one.link.source.node),
        );
      const operations = [...edges.flatMap(unlinked), ...removeNodes(app.document.document, ids)];
      if (app.document.edit(...operations)) app.view.setState({ selection: new Set() });
    },
  },
  {
    id: "select.all",
    title: "Select all",
    group: "Edit",
    keys: ["$mod+a"],
    enabled: hasDocument,
    run: (app) => app.view.setState({ selection: new Set(app.scene().nodes.map((one) => one.id)) }),
  },
  {
    id: "select.none",
    title: "Select nothing",
    group: "Edit",
    keys: ["Escape"],
    run: (app) => app.view.setState({ selection: new Set() }),
  },
  {
    id: "bypass",
    title: "Bypass",
    group: "Node",
    keys: ["$mod+b"],
    places: ["node"],
    enabled: anyNode,
    run: (app) => void app.document.edit(...toggleMode(app.document.document, picked(app), "bypass")),
  },
  {
    id: "mute",
    title: "Mute",
    group: "Node",
    keys: ["m"],
    places: ["node"],
    enabled: anyNode,
    run: (app) => void app.document.edit(...toggleMode(app.document.document, picked(app), "mute")),
  },
  {
    id: "collapse",
    title: "Fold or open",
    group: "Node",
    keys: ["c"],
    places: ["node", "frame"],
    enabled: anyNode,
    run(app) {
      const { document } = app.document;
      const nodes = pickedNodes(app);
      const first = nodes[0];
      if (nodes.length === 1 && first !== undefined && isFrame(document.nodes[first]))
        return foldFrame(app, first);
      const folded = nodes.every((node) => lookOf(document, node).collapsed === true);
      app.document.edit(
        ...nodes.map(
          (node): Operation => ({ op: "set_look", node, key: "collapsed", value: folded ? null : true }),
        ),
      );
    },
  },
  {
    id: "frame.leave",
    title: "Take out of the loop",
    group: "Node",
    places: ["node"],
    enabled: (app) => pickedNodes(app).some((id) => app.document.document.nodes[id]?.in !== undefined),
    run: (app) => void app.document.edit({ op: "set_frame", nodes: pickedNodes(app), frame: null }),
  },
  {
    id: "group",
    title: "Group the selection",
    group: "Node",
    keys: ["$mod+g"],
    places: ["node"],
    enabled: anyNode,
    run(app) {
      const nodes = pickedNodes(app).filter((id) => !isFrame(app.document.document.nodes[id]));
      const group = `group-${Date.now().toString(36)}`;
      app.document.edit({ op: "add_group", group, body: { title: "Group", nodes } });
    },
  },
  {
    id: "note",
    title: "Add a note",
    group: "Add",
    places: ["canvas"],
    enabled: hasDocument,
    run(app) {
      const [x, y] = rounded(app.ui.getState().menu?.canvas ?? app.canvas.current?.centre() ?? [0, 0]);
      const note = `note-${Date.now().toString(36)}`;
      app.document.edit({ op: "add_note", note, body: { text: "", position: [x, y], size: [280, 120] } });
    },
  },
  {
    id: "add",
    title: "Add a node…",
    group: "Add",
    keys: ["Space", "Shift+a"],
    places: ["canvas"],
    enabled: hasDocument,
    run(app) {
      const menu = app.ui.getState().menu;
      const screen = menu?.screen ?? ([innerWidth / 2, innerHeight / 3] as [number, number]);
      const canvas = menu?.canvas ?? placeForNew(app);
      app.ui.setState({ addSearch: { screen, canvas, link: null } });
      const narrow = matchMedia("(width <= 700px)").matches; // where the form would come first
      if (narrow || app.ui.getState().form === true) app.ui.setState({ form: false });
    },
  },
];

export const viewCommands: Command[] = [
  {
    id: "arrange",
    title: "Tidy up",
    group: "View",
    keys: ["Shift+t"],
    looking: "never",
    places: ["canvas"],
    enabled: hasDocument,
    run(app) {
      const { document } = app.document;
      const positions = arrange(document, app.scene());
      const points = pointsOf(document); // they led links around what stood elsewhere
      const straight = points.map(({ id }): Operation => ({ op: "remove_reroute", reroute: id }));
      if (positions.size > 0)
        app.document.edit({ op: "move", positions: Object.fromEntries(positions) }, ...straight);
      if (points.length > 0) app.tell("Reroutes are taken out; undo brings them back", "note");
      app.canvas.current?.fit();
    },
  },
  {
    id: "view.fit",
    title: "Show everything",
    group: "View",
    keys: ["f", "Home"],
    places: ["canvas"],
    run: (app) => app.canvas.current?.fit(),
  },
  {
    id: "view.selection",
    title: "Zoom to the selection",
    group: "View",
    keys: ["z"],
    enabled: anyPicked,
    run: (app) => app.canvas.current?.fit(picked(app)),
  },
  {
    id: "view.in",
    title: "Zoom in",
    group: "View",
    keys: ["$mod+="],
    run: (app) => app.canvas.current?.zoomBy(1.25),
  },
  {
    id: "view.out",
    title: "Zoom out",
    group: "View",
    keys: ["$mod+-"],
    run: (app) => app.canvas.current?.zoomBy(0.8),
  },
  {
    id: "view.actual",
    title: "Zoom to 100 %",
    group: "View",
    keys: ["$mod+0"],
    run: (app) => app.canvas.current?.zoomTo(1),
  },
  {
    id: "palette",
    title: "Command palette…",
    group: "View",
    keys: ["$mod+k", "$mod+Shift+p"],
    inFields: true,
    run: (app) => app.ui.setState((state) => ({ palette: !state.palette })),
  },
  {
    id: "theme",
    title: "Switch between dark and light",
    group: "View",
    run(app) {
      const dark = globalThis.document.documentElement.dataset.theme === "dark";
      app.ui.setState({ theme: dark ? "light" : "dark" });
    },
  },
  {
    id: "keys",
    title: "Keys…",
    group: "Help",
    keys: ["$mod+Slash"],
    run: (app) => app.ui.setState({ keys: true }),
  },
  {
    id: "help",
    title: "What is this node?",
    group: "Help",
    keys: ["F1", "Shift+?"],
    places: ["node", "frame"],
    enabled: anyNode,
    run(app) {
      const node = pickedNodes(app)[0];
      if (node !== undefined) app.ui.setState({ help: app.document.document.nodes[node]?.type ?? null });
    },
  },
];

/** One command per panel: open it, or close it. */
export function panelCommands(app: App): Command[] {
  return app.panels.all().map(({ id, title }, at) => ({
    id: `panel.${id}`,
    title: `${title} panel`,
    group: "View",
    keys: at < 10 ? [`Alt+Digit${(at + 1) % 10}`] : [],
    run: ({ ui }) => ui.setState((state) => ({ panel: state.panel === id ? null : id })),
  }));
}
