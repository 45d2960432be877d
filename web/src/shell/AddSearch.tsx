/** The search for a node: by name, purpose and paper; opened from a link, only what fits, and it is linked at once. */
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { type CSSProperties, useMemo, useState } from "react";
import { useApp, useUi } from "../app/context";
import type { App } from "../app/services";
import { frameAt } from "../canvas/membership";
import { branched } from "../canvas/rerouting";
import { apply } from "../document/apply";
import { addNode, canConnect, connect, type End } from "../document/edits";
import { framesAround } from "../graph/document";
import type { NodeSpec } from "../graph/registry";
import { ranked } from "../tools/search";
import type { AddSearch as Asked } from "../view/uiState";

export function AddSearch() {
  const app = useApp();
  const asked = useUi((state) => state.addSearch);
  const close = (): void => app.ui.setState({ addSearch: null });
  return (
    <Dialog.Root open={asked !== null} onOpenChange={(now) => !now && close()}>
      <Dialog.Portal>{asked !== null && <SearchBox asked={asked} close={close} />}</Dialog.Portal>
    </Dialog.Root>
  );
}

function SearchBox({ asked, close }: { asked: Asked; close(): void }) {
  const app = useApp();
  const [query, setQuery] = useState("");
  const all = useMemo(() => candidates(app, asked), [app, asked]);
  const found = useMemo(() => {
    const bySpec = new Map(all.map((one) => [one.spec, one]));
    return ranked([...bySpec.keys()], query).flatMap((spec) => bySpec.get(spec) ?? []);
  }, [all, query]);
  const place = {
    "--left": `${Math.max(8, Math.min(asked.screen[0] - 20, innerWidth - 400))}px`,
    "--top": `${Math.max(8, Math.min(asked.screen[1] - 20, innerHeight - 400))}px`,
  } as CSSProperties;
  return (
    <Dialog.Content className="palette add-search" style={place} aria-describedby={undefined}>
      <Dialog.Title className="hidden-text">Add a node</Dialog.Title>
      <Command label="Add a node" loop shouldFilter={false}>
        <Command.Input
          placeholder={asked.link === null ? "Add a node…" : "Link to a new…"}
          value={query}
          onValueChange={setQuery}
          autoFocus
        />
        <Command.List>
          <Command.Empty>No node of this kind</Command.Empty>
          {found.map(({ spec, place }) => (
            <Command.Item
              key={spec.name}
              value={spec.name}
              onSelect={() => {
                close();
                place();
              }}
            >
              <span className="add-name">{spec.name}</span>
              <span className="add-title">{spec.title}</span>
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </Dialog.Content>
  );
}

interface Candidate {
  spec: NodeSpec;
  place(): void;
}

function candidates(app: App, { canvas, link }: Asked): Candidate[] {
  const { document } = app.document;
  const frame = homeFor(app, canvas, link?.node);
  return app.registry.all().flatMap((spec): Candidate[] => {
    const made = addNode(document, spec, canvas, frame);
    if (link === null) return [{ spec, place: () => put(app, made.node, made.operations) }];
    const after = apply(document, made.operations).document;
    const here: End = { node: link.node, handle: link.handle };
    const sockets =
      link.from === "output"
        ? spec.inputs.map((one) => `i:${one.name}`)
        : spec.outputs.map((one) => `o:${one.name}`);
    for (const handle of sockets) {
      const there: End = { node: made.node, handle };
      const [from, to] = link.from === "output" ? [here, there] : [there, here];
      if (!canConnect(after, app.registry, from, to)) continue;
      const more = connect(after, app.registry, from, to);
      if (more === null) continue;
      const led = link.through === undefined ? more : branched(after, more, link.through, to);
      return [{ spec, place: () => put(app, made.node, [...made.operations, ...led]) }];
    }
    return [];
  });
}

function put(app: App, node: string, operations: Parameters<App["document"]["edit"]>): void {
  if (!app.document.edit(...operations)) return;
  app.view.setState({ selection: new Set([node]) });
  const made = app.scene().byId.get(node);
  if (made !== undefined) app.canvas.current?.reveal(made.rect);
}

/** A node that is put into a loop, or linked to a node of one, is part of it. */
function homeFor(app: App, point: [number, number], linked: string | undefined): string | undefined {
  if (linked !== undefined) {
    const around = framesAround(app.document.document, linked)[0];
    if (around !== undefined) return around;
  }
  return frameAt(app.scene(), point);
}
