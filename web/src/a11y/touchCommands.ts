/** Commands for a link that was begun by a tap, and the menu of the node that is selected. */
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import { currentNode, placeForNew } from "./focus";

const isTapped = (app: App): boolean => app.view.getState().connecting?.tapped === true;

export const touchCommands: Command[] = [
  {
    id: "link.cancel",
    title: "No link",
    group: "Edit",
    keys: ["Escape"],
    hidden: true,
    enabled: isTapped,
    run: (app) => app.view.setState({ connecting: null }),
  },
  {
    id: "link.new",
    title: "Link to a new node…",
    group: "Add",
    enabled: isTapped,
    run(app) {
      const { connecting } = app.view.getState();
      if (connecting === null) return;
      app.view.setState({ connecting: null, selection: new Set([connecting.node]) });
      const canvas = placeForNew(app);
      app.ui.setState({ addSearch: { screen: [innerWidth / 2, innerHeight / 3], canvas, link: connecting } });
    },
  },
  {
    id: "menu",
    title: "Menu of the node",
    group: "Node",
    keys: ["Shift+F10"],
    enabled: (app) => currentNode(app) !== null,
    run(app) {
      const node = currentNode(app);
      const rect = node === null ? undefined : app.scene().byId.get(node)?.rect;
      if (node === null || rect === undefined) return;
      const box = document
        .querySelector(`.react-flow__node[data-id="${CSS.escape(node)}"]`)
        ?.getBoundingClientRect();
      const screen: [number, number] = [box?.x ?? innerWidth / 2, box?.y ?? innerHeight / 2];
      app.ui.setState({ menu: { screen, canvas: [rect.x, rect.y], node, input: null } });
    },
  },
];
