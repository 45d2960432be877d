/** What type is at a socket? Follows links, binds type variables, looks into frames. One pass per document. */
import { asLink, isFrame, linksIn, type NodeBody, type Source, type WorkflowDocument } from "./document";
import type { Registry } from "./registry";
import { fits, substitute, type Type, UNKNOWN } from "./types";

const INT: Type = { kind: "name", name: "int", items: [] };

/** Answers for one document; answers are remembered, so ask a new one for a new document. */
export class Inference {
  private readonly outputs = new Map<string, Type>();
  private readonly under = new Set<string>();

  constructor(
    private readonly document: WorkflowDocument,
    private readonly registry: Registry,
  ) {}

  /** The type of an output; of a frame, as seen from `reader`: inside it, `item` and this step's carry. */
  output(source: Source, reader?: string): Type {
    const body = this.document.nodes[source.node];
    if (body === undefined) return UNKNOWN;
    const inside = isFrame(body) && reader !== undefined && this.isInside(reader, source.node);
    const key = `${source.node}.${source.output ?? ""}${inside ? "/in" : ""}`;
    const known = this.outputs.get(key);
    if (known !== undefined) return known;
    if (this.under.has(key)) return UNKNOWN;
    this.under.add(key);
    const found = isFrame(body)
      ? this.ofFrame(source.node, body, source.output, inside)
      : this.ofNode(body, source);
    this.under.delete(key);
    this.outputs.set(key, found);
    return found;
  }

  /** The type that an input takes, its variables bound by what is linked to the node already. */
  input(node: string, input: string): Type {
    const body = this.document.nodes[node];
    if (body === undefined) return UNKNOWN;
    const spec = this.registry.find(body.type)?.input(input);
    return spec === undefined ? UNKNOWN : substitute(spec.type, this.bound(body, node, input));
  }

  private ofNode(body: NodeBody, source: Source): Type {
    const spec = this.registry.find(body.type);
    if (spec === undefined) return UNKNOWN;
    const output =
      source.output === null ? spec.outputs[0] : spec.outputs.find((one) => one.name === source.output);
    return output === undefined ? UNKNOWN : substitute(output.type, this.bound(body, source.node));
  }

  private ofFrame(name: string, body: NodeBody, output: string | null, inside: boolean): Type {
    const asked = output ?? Object.keys(body.carry ?? {})[0] ?? Object.keys(body.collect ?? {})[0];
    if (asked === undefined) return UNKNOWN;
    if (inside && (asked === "index" || asked === "count")) return INT;
    if (inside && asked === "item") {
      const over = asLink(body.inputs?.over);
      return over === null ? UNKNOWN : (this.registry.iteration(this.output(over, name)) ?? UNKNOWN);
    }
    const carried = body.carry?.[asked];
    if (carried !== undefined) {
      const first = asLink(carried.first);
      return first === null ? literalType(carried.first) : this.output(first, body.in);
    }
    const collected = asLink(body.collect?.[asked]);
    if (collected === null) return UNKNOWN;
    return { kind: "name", name: "list", items: [this.output(collected, collected.node)] };
  }

  private bound(body: NodeBody, node: string, but?: string): Map<string, Type> {
    const bound = new Map<string, Type>();
    const spec = this.registry.find(body.type);
    for (const input of spec?.inputs ?? []) {
      if (input.name === but) continue;
      const value = body.inputs?.[input.name];
      for (const source of linksIn(value)) fits(this.output(source, node), input.type, bound);
    }
    return bound;
  }

  private isInside(node: string, frame: string): boolean {
    let at: string | undefined = node;
    for (let depth = 0; at !== undefined && depth < 64; depth += 1) {
      at = this.document.nodes[at]?.in;
      if (at === frame) return true;
    }
    return false;
  }
}

function literalType(value: unknown): Type {
  const name =
    typeof value === "number"
      ? Number.isInteger(value)
        ? "int"
        : "float"
      : typeof value === "boolean"
        ? "bool"
        : typeof value === "string"
          ? "str"
          : null;
  return name === null ? UNKNOWN : { kind: "name", name, items: [] };
}
