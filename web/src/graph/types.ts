/** Types of sockets, as the registry writes them: `Latent`, `list[Image]`, `int | None`, `'a' | 'b'`, `T`. */

export type Type =
  | { kind: "name"; name: string; items: Type[] }
  | { kind: "union"; members: Type[] }
  | { kind: "literal"; text: string }
  | { kind: "variable"; name: string }
  | { kind: "unknown" };

export const UNKNOWN: Type = { kind: "unknown" };
const SEQUENCES = new Set(["list", "tuple", "Sequence"]);

/** Read a type. What cannot be read is unknown, which fits everything: the server has the last word. */
export function parseType(text: string): Type {
  const parser = new Parser(text);
  return parser.union();
}

/** A type as a person reads it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "name":
      return type.items.length > 0 ? `${type.name}[${type.items.map(typeText).join(", ")}]` : type.name;
    case "union":
      return type.members.map(typeText).join(" | ");
    case "literal":
      return type.text;
    case "variable":
      return type.name;
    case "unknown":
      return "any";
  }
}

export interface Conversion {
  source: Type;
  target: Type;
}

/** True if a value of `source` can be plugged where `target` is asked for; `bound` collects type variables. */
export function fits(source: Type, target: Type, bound: Map<string, Type> = new Map()): boolean {
  if (source.kind === "unknown" || target.kind === "unknown") return true;
  if (source.kind === "variable") return true;
  if (target.kind === "variable") return bind(source, target.name, bound);
  if (target.kind === "name" && target.name === "object") return true;
  if (source.kind === "union") return source.members.every((member) => fits(member, target, bound));
  if (target.kind === "union") return target.members.some((member) => fits(source, member, bound));
  if (source.kind === "literal") {
    return target.kind === "literal"
      ? source.text === target.text
      : target.kind === "name" && target.name === literalBase(source.text);
  }
  if (target.kind === "literal") return source.name === literalBase(target.text); // the value is checked when known
  if (SEQUENCES.has(source.name) && SEQUENCES.has(target.name)) {
    return fits(source.items[0] ?? UNKNOWN, target.items[0] ?? UNKNOWN, bound);
  }
  if (source.name === "int" && target.name === "float") return true;
  return source.name === target.name;
}

/** As `fits`, or by a declared conversion. */
export function connects(source: Type, target: Type, conversions: readonly Conversion[]): boolean {
  return (
    fits(source, target) || conversions.some((one) => fits(source, one.source) && fits(one.target, target))
  );
}

/** The type of the items of a list. */
export function itemType(type: Type): Type | null {
  return type.kind === "name" && SEQUENCES.has(type.name) ? (type.items[0] ?? UNKNOWN) : null;
}

/** The type with bound variables filled in; an unbound one is unknown. */
export function substitute(type: Type, bound: ReadonlyMap<string, Type>): Type {
  switch (type.kind) {
    case "variable":
      return bound.get(type.name) ?? UNKNOWN;
    case "name":
      return type.items.length === 0
        ? type
        : { ...type, items: type.items.map((one) => substitute(one, bound)) };
    case "union":
      return { kind: "union", members: type.members.map((one) => substitute(one, bound)) };
    default:
      return type;
  }
}

/** The type without `None`: what a socket is about. */
export function essential(type: Type): Type {
  if (type.kind !== "union") return type;
  const members = type.members.filter((one) => !(one.kind === "name" && one.name === "None"));
  return members.length === 1 ? (members[0] as Type) : { kind: "union", members };
}

function bind(source: Type, name: string, bound: Map<string, Type>): boolean {
  const known = bound.get(name);
  if (known === undefined || known.kind === "unknown") {
    bound.set(name, source);
    return true;
  }
  if (fits(source, known)) return true;
  if (!fits(known, source)) return false;
  bound.set(name, source); // the wider of the two
  return true;
}

function literalBase(text: string): string {
  if (text.startsWith("'") || text.startsWith('"')) return "str";
  return text === "True" || text === "False" ? "bool" : "int";
}

class Parser {
  private at = 0;
  constructor(private readonly text: string) {}

  union(): Type {
    const members = [this.one()];
    while (this.take("|")) members.push(this.one());
    return members.length === 1 ? (members[0] as Type) : { kind: "union", members };
  }

  private one(): Type {
    this.space();
    const rest = this.text.slice(this.at);
    const literal = /^('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d+|True|False)/.exec(rest)?.[0];
    if (literal !== undefined) {
      this.at += literal.length;
      return { kind: "literal", text: literal };
    }
    const name = /^[A-Za-z_][A-Za-z0-9_.]*/.exec(rest)?.[0];
    if (name === undefined) {
      this.at = this.text.length;
      return UNKNOWN;
    }
    this.at += name.length;
    const items: Type[] = [];
    if (this.take("[")) {
      do items.push(this.union());
      while (this.take(","));
      this.take("]");
    }
    if (items.length === 0 && /^[A-Z]\d?$/.test(name)) return { kind: "variable", name };
    return name === "unresolved" ? UNKNOWN : { kind: "name", name, items };
  }

  private space(): void {
    while (this.text[this.at] === " ") this.at += 1;
  }

  private take(sign: string): boolean {
    this.space();
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }
}
