/** The links of a node as a list: choose a socket, then what to link it to. By keyboard, by touch, and by voice. */
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useMemo, useState } from "react";
import { useApp, useDocument, useUi } from "../app/context";
import { SocketShape } from "../canvas/Socket";
import { socketLook } from "../canvas/sockets";
import { connect, type End, endType } from "../document/edits";
import { lookOf, titleOf, type WorkflowDocument } from "../graph/document";
import { Inference } from "../graph/infer";
import { centre } from "../view/geometry";
import { isCoarse } from "./coarse";
import { placeForNew } from "./focus";
import { LinkReroutes } from "./LinkReroutes";
import { type Partner, partnersOf, type SocketRow, socketsOf, sourceText, unlink } from "./links";
import "./links.css";

export function Links() {
  const app = useApp();
  const node = useUi((state) => state.links);
  const document = useDocument((state) => state.view);
  const close = (): void => app.ui.setState({ links: null });
  const there = node !== null && document.nodes[node] !== undefined;
  return (
    <Dialog.Root open={there} onOpenChange={(now) => !now && close()}>
      <Dialog.Portal>
        <div className="veil" />
        <Dialog.Content
          className="palette links"
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => isCoarse() && event.preventDefault()} // a list to tap; no keyboard over it
        >
          {there && <Pages key={node} node={node} document={document} close={close} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Pages({ node, document, close }: { node: string; document: WorkflowDocument; close(): void }) {
  const app = useApp();
  const [handle, setHandle] = useState<string | null>(null);
  const [text, setText] = useState("");
  const rows = useMemo(() => socketsOf(document, app.registry, node), [document, app.registry, node]);
  const row = rows.find((one) => one.handle === handle);
  const choose = (next: string | null): void => {
    setHandle(next);
    setText("");
  };
  return (
    <>
      <header className="links-head">
        {row !== undefined && (
          <button type="button" className="button quiet" onClick={() => choose(null)}>
            Back
          </button>
        )}
        <Dialog.Title className="links-title">Links of {titleOf(node, lookOf(document, node))}</Dialog.Title>
        <Dialog.Close className="button quiet">Done</Dialog.Close>
      </header>
      <Command
        key={handle}
        label={row === undefined ? "Sockets" : `Link ${row.name} to`}
        loop
        onKeyDown={(event) => {
          if (row === undefined || text !== "" || (event.key !== "Backspace" && event.key !== "Escape"))
            return;
          event.preventDefault();
          event.stopPropagation();
          choose(null);
        }}
      >
        <Command.Input
          placeholder={row === undefined ? "Which socket?" : `Link ${row.name} to…`}
          value={text}
          onValueChange={setText}
          autoFocus={!isCoarse()}
        />
        <Command.List>
          <Command.Empty>{row === undefined ? "No socket of this name" : "Nothing that fits"}</Command.Empty>
          {row === undefined ? (
            <Sockets rows={rows} document={document} node={node} choose={choose} />
          ) : (
            <Partners node={node} row={row} document={document} back={() => choose(null)} close={close} />
          )}
        </Command.List>
      </Command>
    </>
  );
}

interface SocketsProps {
  rows: readonly SocketRow[];
  document: WorkflowDocument;
  node: string;
  choose(handle: string): void;
}

function Sockets({ rows, document, node, choose }: SocketsProps) {
  const app = useApp();
  const inference = new Inference(document, app.registry);
  return (["input", "output"] as const).map((end) => (
    <Command.Group key={end} heading={end === "input" ? "Takes" : "Gives"}>
      {rows
        .filter((one) => one.end === end)
        .map((one) => (
          <Command.Item
            key={one.handle}
            value={`${one.name.replaceAll("_", " ")} ${one.handle}`}
            onSelect={() => choose(one.handle)}
          >
            <span className="links-socket">
              <SocketShape
                {...socketLook(endType(document, app.registry, inference, { node, handle: one.handle }))}
              />
              {one.name.replaceAll("_", " ")}
            </span>
            <span className="links-now" data-missing={one.required && one.reads.length === 0}>
              {one.reads.length > 0
                ? `← ${one.reads.map((source) => sourceText(document, source)).join(", ")}`
                : one.type.length > 32
                  ? ""
                  : one.type}
            </span>
          </Command.Item>
        ))}
    </Command.Group>
  ));
}

interface PartnersProps {
  node: string;
  row: SocketRow;
  document: WorkflowDocument;
  back(): void;
  close(): void;
}

function Partners({ node, row, document, back, close }: PartnersProps) {
  const app = useApp();
  const partners = useMemo(() => {
    const { byId } = app.scene();
    const [x, y] = middle(byId.get(node)?.rect);
    const near = (other: string): number => {
      const [otherX, otherY] = middle(byId.get(other)?.rect);
      return Math.hypot(otherX - x, otherY - y);
    };
    return partnersOf(document, app.registry, { node, handle: row.handle, end: row.end }, near);
  }, [app, document, node, row]);
  const link = (partner: Partner): void => {
    const [here, there]: End[] = [{ node, handle: row.handle }, partner];
    if (here === undefined || there === undefined) return;
    const [from, to] = row.end === "output" ? [here, there] : [there, here];
    const operations = connect(document, app.registry, from, to);
    if (operations !== null) app.document.edit(...operations);
    back();
  };
  const taken = unlink(document, node, row);
  return (
    <>
      {partners.map((one) => (
        <Command.Item
          key={`${one.node} ${one.handle}`}
          value={`${one.title} ${one.name.replaceAll("_", " ")} ${one.node} ${one.handle}`}
          onSelect={() => link(one)}
        >
          <span>
            {one.title} · {one.name.replaceAll("_", " ")}
          </span>
          <span className="links-now">{one.type.length > 32 ? "" : one.type}</span>
        </Command.Item>
      ))}
      {row.end === "input" && row.reads.length > 0 && (
        <LinkReroutes node={node} handle={row.handle} close={close} />
      )}
      {taken !== null && (
        <Command.Item
          value="remove the link"
          onSelect={() => {
            app.document.edit(taken);
            back();
          }}
        >
          Remove the link
        </Command.Item>
      )}
      <Command.Item
        value="new node"
        onSelect={() => {
          const type = endType(document, app.registry, new Inference(document, app.registry), {
            node,
            handle: row.handle,
          });
          const [x, y] = placeForNew(app);
          close();
          app.ui.setState({
            addSearch: {
              screen: [innerWidth / 2 - 190, innerHeight / 4],
              canvas: [x, y],
              link: { node, handle: row.handle, from: row.end, type, tapped: false },
            },
          });
        }}
      >
        A new node…
      </Command.Item>
    </>
  );
}

function middle(rect: Parameters<typeof centre>[0] | undefined): [number, number] {
  return rect === undefined ? [0, 0] : centre(rect);
}
