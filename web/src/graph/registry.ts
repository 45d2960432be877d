/** The node types of this server, indexed, with their types read. */
import type { InputType, NodeType, NodeTypes } from "../api/types";
import { LOOP, typeName } from "./document";
import { type Conversion, connects, parseType, type Type } from "./types";

export interface InputSpec {
  name: string;
  type: Type;
  typeText: string;
  socket: boolean;
  required: boolean;
  many: boolean;
  schema: Schema | null;
  default: unknown;
}
export interface OutputSpec {
  name: string;
  type: Type;
  typeText: string;
}
export interface NodeSpec {
  name: string;
  versioned: string;
  /** a short name to read */
  label: string;
  title: string;
  doc: string;
  category: string;
  /** the stage of diffusion that it belongs to */
  stage: string | null;
  /** where the method is described */
  paper: string;
  source: { text: string; url: string } | null;
  /** its equation: in a line, and as TeX */
  formula: { line: string; tex: string } | null;
  /** workflows that use it */
  examples: readonly string[];
  plan: boolean;
  sink: boolean;
  inputs: InputSpec[];
  outputs: OutputSpec[];
  input(name: string): InputSpec | undefined;
}

/** The parts of a JSON Schema that a widget asks about. */
export interface Schema {
  type?: string;
  enum?: (string | number)[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  anyOf?: Schema[];
  "x-loom"?: { widget?: string; step?: number; source?: string; unit?: string };
}

export class Registry {
  private readonly specs = new Map<string, NodeSpec>();
  private subgraphs: ReadonlyMap<string, NodeSpec> = new Map();
  readonly conversions: readonly Conversion[];
  readonly digest: string;

  constructor(readonly types: NodeTypes) {
    this.digest = types.digest;
    for (const type of types.nodes) this.specs.set(typeName(type.type), specOf(type));
    this.specs.set(LOOP, LOOP_SPEC);
    this.conversions = types.conversions.map(({ source, target }) => ({
      source: parseType(source),
      target: parseType(target),
    }));
  }

  /** The type of a node; undefined for one that this server does not know. */
  find(type: string): NodeSpec | undefined {
    return this.specs.get(typeName(type)) ?? this.subgraphs.get(type);
  }

  all(): NodeSpec[] {
    return [...this.specs.values(), ...this.subgraphs.values()];
  }

  /** The subgraphs of the document on show, as node types. */
  withSubgraphs(specs: ReadonlyMap<string, NodeSpec>): void {
    this.subgraphs = specs;
  }

  /** True if an output of `source` may be linked to an input of `target`. */
  connects(source: Type, target: Type): boolean {
    return connects(source, target, this.conversions);
  }

  /** What a step of a loop over this is; null if it cannot be looped over. */
  iteration(type: Type): Type | null {
    const list = (candidate: Type): Type | null =>
      candidate.kind === "name" && (candidate.name === "list" || candidate.name === "tuple")
        ? (candidate.items[0] ?? null)
        : null;
    const direct = list(type);
    if (direct !== null) return direct;
    for (const one of this.conversions) {
      const item = list(one.target);
      if (item !== null && connects(type, one.source, [])) return item;
    }
    return null;
  }
}

function specOf(type: NodeType): NodeSpec {
  const name = typeName(type.type);
  const inputs = Object.entries(type.inputs).map(([key, input]) => inputSpec(key, input));
  const byName = new Map(inputs.map((one) => [one.name, one]));
  return {
    name,
    versioned: type.type,
    label: type.label,
    title: type.title,
    doc: type.doc,
    category: type.category,
    stage: type.stage,
    paper: type.paper?.text ?? "",
    source: type.paper ?? null,
    formula: type.formula ?? null,
    examples: type.examples,
    plan: type.plan,
    sink: type.sink,
    inputs,
    outputs: Object.entries(type.outputs).map(([key, output]) => ({
      name: key,
      type: parseType(output.type),
      typeText: output.type,
    })),
    input: (key) => byName.get(key),
  };
}

function inputSpec(name: string, input: InputType): InputSpec {
  return {
    name,
    type: parseType(input.type),
    typeText: input.type,
    socket: input.socket,
    required: input.required,
    many: input.many,
    schema: (input.schema as Schema | null | undefined) ?? null,
    default: input.default,
  };
}

const OVER: InputSpec = {
  name: "over",
  type: { kind: "unknown" },
  typeText: "a list, or a schedule",
  socket: true,
  required: true,
  many: false,
  schema: null,
  default: undefined,
};

/** A loop frame is no registered function: its ports follow from what it carries. */
const LOOP_SPEC: NodeSpec = {
  name: LOOP,
  versioned: `${LOOP}@1`,
  label: "Loop",
  title: "A loop: its nodes run once per item, and carry state from step to step",
  doc: "A loop: the nodes in it run once per item of `over`.\n\nWhat it carries enters at the left edge, is changed by a step, leaves at the right, and comes back for the next one.",
  category: "flow",
  stage: null,
  paper: "",
  source: null,
  formula: null,
  examples: ["text_to_image"],
  plan: false,
  sink: false,
  inputs: [OVER],
  outputs: [],
  input: (name) => (name === "over" ? OVER : undefined),
};
