/** The reroutes of an input's link, in the list of links: go to one, add one, share another link's, lead it straight. */
import { Command } from "cmdk";
import { useApp } from "../app/context";
import { joined, others, straight } from "../canvas/rerouting";
import { type SceneEdge, slotHandle } from "../canvas/scene";
import { lookOf, titleOf } from "../graph/document";
import { reroute } from "../tools/rerouteCommands";
import { focusNode } from "./focus";

export function LinkReroutes({ node, handle, close }: { node: string; handle: string; close(): void }) {
  const app = useApp();
  const scene = app.scene();
  const mine = scene.edges.filter((one) => one.link.node === node && slotHandle(one.link.slot) === handle);
  return mine.map((edge) => <OfLink key={edge.id} edge={edge} many={mine.length > 1} close={close} />);
}

function OfLink({ edge, many, close }: { edge: SceneEdge; many: boolean; close(): void }) {
  const app = useApp();
  const { document } = app.document;
  const title = (id: string): string => titleOf(id, lookOf(document, id));
  const from = many ? ` (from ${title(edge.link.source.node)})` : "";
  const scene = app.scene();
  const shared = scene.nodes.filter(
    (one) => one.kind === "reroute" && others(scene, [edge], one.id).length > 0,
  );
  return (
    <>
      {edge.through.map((id, at) => (
        <Command.Item
          key={id}
          value={`go to reroute ${at + 1} ${id}`}
          onSelect={() => {
            close();
            focusNode(app, id);
          }}
        >
          Go to reroute {at + 1}
          {edge.through.length > 1 && ` of ${edge.through.length}`}
          {from}
        </Command.Item>
      ))}
      <Command.Item
        value={`add a reroute ${edge.id}`}
        onSelect={() => {
          close();
          reroute(app, edge, null);
          const [id] = app.view.getState().selection;
          if (id !== undefined) focusNode(app, id);
        }}
      >
        Add a reroute{from}
      </Command.Item>
      {shared.map((one) => {
        const by = one.kind === "reroute" ? one.ends.slice(1).map(title).join(", ") : "";
        return (
          <Command.Item
            key={one.id}
            value={`lead it through the reroute of ${by} ${one.id} ${edge.id}`}
            onSelect={() => {
              close();
              app.document.edit(...joined(document, [edge], one.id));
              focusNode(app, one.id);
            }}
          >
            Lead it through the reroute of {by}
            {from}
          </Command.Item>
        );
      })}
      {edge.through.length > 0 && (
        <Command.Item
          value={`take all reroutes out ${edge.id}`}
          onSelect={() => {
            close();
            app.document.edit(...straight(document, edge));
          }}
        >
          Take all reroutes out{from}
        </Command.Item>
      )}
    </>
  );
}
