/** What stands where on a node card. Pure: sizes and socket positions are known before anything is drawn. */
import type { Look, NodeBody } from "../graph/document";
import { asLink, linksIn } from "../graph/document";
import type { InputSpec, NodeSpec, OutputSpec } from "../graph/registry";
import { UNKNOWN } from "../graph/types";
import { isNullable, type WidgetKind, widgetKind } from "../widgets/kind";
import { FIELD, FORMULA, GAP, HEAD, MORE, PICTURE, ROW, TEXT, WIDE, WIDTH } from "./measures";

export type Row =
  | { kind: "sockets"; y: number; height: number; input: InputSpec | null; output: OutputSpec | null }
  | { kind: "field"; y: number; height: number; input: InputSpec; widget: WidgetKind; linked: boolean }
  | { kind: "more"; y: number; height: number; count: number; open: boolean }
  | { kind: "formula"; y: number; height: number; text: string }
  | { kind: "picture"; y: number; height: number };

/** A socket on the card's edge; `y` is its middle. */
export interface Port {
  id: string;
  side: "left" | "right";
  y: number;
}

export interface CardLayout {
  width: number;
  height: number;
  rows: Row[];
  ports: Port[];
}

const SHOWN_FIELDS = 4;

export interface CardAsked {
  body: NodeBody;
  look: Look;
  spec: NodeSpec | undefined;
  /** outputs that others read: all that is known of a node of an unknown type */
  read: ReadonlySet<string>;
}

export function cardLayout({ body, look, spec: known, read }: CardAsked): CardLayout {
  const spec = known ?? placeholder(body, read);
  const split = splitInputs(spec, body, look);
  const wide = split.fields.some((one) => one.widget === "text");
  const width = look.width ?? (wide ? WIDE : WIDTH);
  if (look.collapsed === true) return collapsed(spec, width);
  const rows: Row[] = [];
  let y = HEAD;
  const add = (row: DistributiveOmit<Row, "y">): void => {
    rows.push({ ...row, y } as Row);
    y += row.height;
  };
  if (spec.formula !== null) add({ kind: "formula", height: FORMULA, text: spec.formula.line });
  for (let at = 0; at < Math.max(split.sockets.length, spec.outputs.length); at += 1) {
    add({ kind: "sockets", height: ROW, input: split.sockets[at] ?? null, output: spec.outputs[at] ?? null });
  }
  if (split.fields.length > 0 && rows.length > 0) y += 2;
  for (const { input, widget } of split.fields) {
    const linked = linksIn(body.inputs?.[input.name]).length > 0;
    add({ kind: "field", height: widget === "text" && !linked ? TEXT : FIELD, input, widget, linked });
  }
  if (split.hidden > 0 || look.more === true) {
    add({ kind: "more", height: MORE, count: split.hidden, open: look.more === true });
  }
  if (showsPicture(spec)) {
    y += GAP;
    add({ kind: "picture", height: Math.min(PICTURE, width - 2 * GAP) });
  }
  return { width, height: y + GAP, rows, ports: portsOf(rows) };
}

/** Output or field rows have a socket at their middle; the rest has none. */
function portsOf(rows: readonly Row[]): Port[] {
  return rows.flatMap((row) => {
    const y = row.y + Math.min(row.height, FIELD) / 2;
    if (row.kind === "field") return [{ id: `i:${row.input.name}`, side: "left" as const, y }];
    if (row.kind !== "sockets") return [];
    const found: Port[] = [];
    if (row.input !== null) found.push({ id: `i:${row.input.name}`, side: "left", y });
    if (row.output !== null) found.push({ id: `o:${row.output.name}`, side: "right", y });
    return found;
  });
}

function collapsed(spec: NodeSpec, width: number): CardLayout {
  const y = HEAD / 2;
  const inputs = spec.inputs.map(({ name }) => ({ id: `i:${name}`, side: "left" as const, y }));
  const outputs = spec.outputs.map(({ name }) => ({ id: `o:${name}`, side: "right" as const, y }));
  return { width, height: HEAD, rows: [], ports: [...inputs, ...outputs] };
}

interface Split {
  sockets: InputSpec[];
  fields: { input: InputSpec; widget: WidgetKind }[];
  hidden: number;
}

/** Which inputs are sockets and which have a widget; of the latter, what is rarely set is folded away. */
function splitInputs(spec: NodeSpec, body: NodeBody, { more, sockets: shown }: Look): Split {
  const asSockets = Array.isArray(shown) ? shown : [];
  const all = more === true;
  const sockets: InputSpec[] = [];
  const fields: Split["fields"] = [];
  let hidden = 0;
  for (const input of spec.inputs) {
    const widget = widgetKind(input);
    const value = body.inputs?.[input.name];
    const asSocket = asSockets.includes(input.name);
    if (widget === null || asSocket || (input.socket && asLink(value) !== null) || input.many) {
      sockets.push(input);
      continue;
    }
    const usual = fields.length < SHOWN_FIELDS && !isNullable(input);
    if (all || value !== undefined || usual || input.required) fields.push({ input, widget });
    else hidden += 1;
  }
  return { sockets, fields, hidden };
}

function showsPicture(spec: NodeSpec): boolean {
  if (spec.name === "image.load") return true;
  return spec.sink && spec.inputs.some((one) => one.typeText.includes("Image"));
}

/** What can be told of a node whose type this server does not know: what it reads and what is read of it. */
function placeholder(body: NodeBody, read: ReadonlySet<string>): NodeSpec {
  const inputs: InputSpec[] = Object.keys(body.inputs ?? {}).map((name) => ({
    name,
    type: UNKNOWN,
    typeText: "?",
    socket: true,
    required: false,
    many: false,
    schema: null,
    default: undefined,
  }));
  const names = read.size > 0 ? [...read] : ["out"];
  return {
    name: body.type,
    versioned: body.type,
    label: body.type,
    title: "This server has no node of this type",
    doc: "",
    category: "unknown",
    stage: null,
    paper: "",
    source: null,
    formula: null,
    examples: [],
    plan: false,
    sink: false,
    inputs,
    outputs: names.map((name) => ({ name, type: UNKNOWN, typeText: "?" })),
    input: (name) => inputs.find((one) => one.name === name),
  };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
