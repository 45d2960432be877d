/**
 * Changes: what an edit did to a document, as the server logs and sends them — put, drop, rename at a path. A path goes
 * through objects by key, and through a list of objects (groups, notes, reroutes) by their `id`. Documents are never changed in
 * place: what an edit does not touch stays the same object, so that a view can tell by identity.
 */

export type Path = readonly string[];
export type Change =
  | { put: Path; value: unknown; before?: string }
  | { drop: Path }
  | { rename: Path; to: string };

type Holder = Record<string, unknown> | unknown[];

/** A path that leads nowhere in this document: the change is of another one. */
export class Unreachable extends Error {}

export function valueAt(document: unknown, path: Path): unknown {
  let at = document;
  for (const key of path) {
    if (Array.isArray(at)) at = at.find((item) => idOf(item) === key);
    else if (isObject(at)) at = at[key];
    else return undefined;
  }
  return at;
}

/** The document after a change. Throws `Unreachable`. */
export function applied<T extends object>(document: T, change: Change): T {
  if ("put" in change)
    return edited(document, change.put, (holder, key) => put(holder, key, change.value, change.before)) as T;
  if ("drop" in change) return edited(document, change.drop, without) as T;
  return edited(document, change.rename, (holder, key) => renamed(holder, key, change.to)) as T;
}

export function replayed<T extends object>(document: T, changes: readonly Change[]): T {
  return changes.reduce((at, change) => applied(at, change), document);
}

/** The same JSON: key order counts, as it does on the server. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === typeof b && JSON.stringify(a) === JSON.stringify(b));
}

/** A document while it is edited, and the changes made so far. */
export class Draft<T extends object> {
  readonly changes: Change[] = [];
  constructor(public document: T) {}

  get(...path: string[]): unknown {
    return valueAt(this.document, path);
  }

  /** Set a value; objects on the way that are missing are made. */
  put(path: Path, value: unknown, before?: string): void {
    for (let length = 1; length < path.length; length += 1) {
      if (valueAt(this.document, path.slice(0, length)) === undefined)
        this.make({ put: path.slice(0, length), value: {} });
    }
    const was = valueAt(this.document, path);
    if (was !== undefined && same(was, value)) return;
    this.make(before === undefined ? { put: path, value } : { put: path, value, before });
  }

  drop(path: Path): void {
    if (valueAt(this.document, path) !== undefined) this.make({ drop: path });
  }

  rename(path: Path, to: string): void {
    this.make({ rename: path, to });
  }

  private make(change: Change): void {
    this.document = applied(this.document, change);
    this.changes.push(change);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function idOf(item: unknown): string | undefined {
  return isObject(item) && typeof item.id === "string" ? item.id : undefined;
}

function edited(holder: unknown, path: Path, edit: (holder: Holder, key: string) => Holder): Holder {
  if (!isObject(holder) && !Array.isArray(holder)) throw new Unreachable(path.join("."));
  const key = path[0];
  if (key === undefined) throw new Unreachable("an empty path");
  if (path.length === 1) return edit(holder, key);
  const child = valueAt(holder, [key]);
  return put(holder, key, edited(child, path.slice(1), edit));
}

function put(holder: Holder, key: string, value: unknown, before?: string): Holder {
  if (Array.isArray(holder)) {
    if (idOf(value) !== key) throw new Unreachable(key);
    const at = holder.findIndex((item) => idOf(item) === key);
    if (at >= 0) return holder.with(at, value);
    const next = before === undefined ? -1 : holder.findIndex((item) => idOf(item) === before);
    return next < 0 ? [...holder, value] : holder.toSpliced(next, 0, value);
  }
  if (key in holder || before === undefined || !(before in holder)) return { ...holder, [key]: value };
  const made: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(holder)) {
    if (name === before) made[key] = value;
    made[name] = one;
  }
  return made;
}

function without(holder: Holder, key: string): Holder {
  if (Array.isArray(holder)) {
    const at = holder.findIndex((item) => idOf(item) === key);
    if (at < 0) throw new Unreachable(key);
    return holder.toSpliced(at, 1);
  }
  if (!(key in holder)) throw new Unreachable(key);
  const { [key]: _, ...rest } = holder;
  return rest;
}

function renamed(holder: Holder, key: string, to: string): Holder {
  if (Array.isArray(holder) || !(key in holder) || to in holder) throw new Unreachable(key);
  return Object.fromEntries(Object.entries(holder).map(([name, one]) => [name === key ? to : name, one]));
}
