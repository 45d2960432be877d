/** What a finger needs at hand: add, undo, show all; what to do with the node that is selected; the link under way. */
import type { ReactNode } from "react";
import { useApp, useDocument, useView } from "../app/context";
import { CommandButton } from "../commands/CommandButton";
import { lookOf, titleOf } from "../graph/document";
import { CloseIcon, FitIcon, PlusIcon, RedoIcon, SearchIcon, UndoIcon } from "../shell/icons";
import { useCoarse } from "./coarse";
import "./touch.css";

export function TouchBar() {
  const coarse = useCoarse();
  const tapped = useView((state) => state.connecting?.tapped === true);
  if (!coarse && !tapped) return null;
  return (
    <div className="touch">
      {tapped ? <LinkRow /> : <NodeRow />}
      {coarse && (
        <div className="touch-row" role="toolbar" aria-label="canvas">
          <CommandButton id="add" icon={<PlusIcon />} />
          <CommandButton id="undo" icon={<UndoIcon />} />
          <CommandButton id="redo" icon={<RedoIcon />} />
          <CommandButton id="view.fit" icon={<FitIcon />} />
          <CommandButton id="palette" icon={<SearchIcon />} />
        </div>
      )}
    </div>
  );
}

function NodeRow() {
  const selection = useView((state) => state.selection);
  const document = useDocument((state) => state.view);
  const nodes = [...selection].filter((id) => document.nodes[id] !== undefined);
  const [first] = nodes;
  if (first === undefined) return null;
  const title = nodes.length === 1 ? titleOf(first, lookOf(document, first)) : `${nodes.length} nodes`;
  return (
    <div className="touch-row" role="toolbar" aria-label="selection">
      <span className="touch-title">{title}</span>
      <Act id="view.selection">Zoom</Act>
      {nodes.length === 1 && <Act id="links">Links</Act>}
      <Act id="menu">Menu</Act>
      <CommandButton id="select.none" icon={<CloseIcon />} />
    </div>
  );
}

function LinkRow() {
  const begun = useView((state) => state.connecting);
  const document = useDocument((state) => state.view);
  if (begun === null) return null;
  const name = begun.handle.slice(begun.handle.indexOf(":") + 1).replaceAll("_", " ");
  const title = titleOf(begun.node, lookOf(document, begun.node));
  return (
    <div className="touch-row" role="toolbar" aria-label="link">
      <span className="touch-title">
        {name === "out" ? title : `${title} · ${name}`}
        <small>tap a socket that fits</small>
      </span>
      <Act id="link.new">New node</Act>
      <CommandButton id="link.cancel" icon={<CloseIcon />} />
    </div>
  );
}

function Act({ id, children }: { id: string; children: ReactNode }) {
  const app = useApp();
  return (
    <button type="button" className="button quiet" onClick={() => app.commands.run(id, app)}>
      {children}
    </button>
  );
}
