/** Removing a link. Pure. */
import type { SceneEdge } from "../canvas/scene";
import type { Operation } from "../document/operations";

/** What takes a link away; nothing for a carried value, whose two ends a loop cannot do without. */
export function unlinked({ link: { node, slot, source } }: SceneEdge): Operation[] {
  const from = source.output === null ? source.node : `${source.node}.${source.output}`;
  switch (slot.kind) {
    case "input":
      return [{ op: "unlink", node, input: slot.name, source: from }];
    case "collect":
      return [{ op: "set_collect", node, name: slot.name, source: null }];
    case "until":
      return [{ op: "set_until", node, source: null }];
    default:
      return [];
  }
}
