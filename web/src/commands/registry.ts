/**
 * Everything a person can do is a command, registered here once; menus, the palette, keys and tests all go through it.
 * Keys are in tinykeys' notation: `$mod+Shift+z` ($mod is Ctrl, on a Mac Cmd).
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { App } from "../app/services";

/** In which context menus a command stands. */
export type Place = "canvas" | "node" | "frame" | "edge" | "input";

export interface Command {
  id: string;
  title: string;
  group: string;
  /** the default keys; a person can choose others */
  keys?: readonly string[];
  places?: readonly Place[];
  /** also while typing in a field (never while composing text) */
  inFields?: boolean;
  /** the browser itself tells of its default keys (copy, paste): they are shown, and not caught */
  native?: boolean;
  /** not offered in the palette */
  hidden?: boolean;
  enabled?(app: App): boolean;
  run(app: App): void | Promise<void>;
}

const KEY = "loom.keys";
export type Bindings = Readonly<Record<string, readonly string[]>>;

export class CommandRegistry {
  private readonly commands = new Map<string, Command>();
  /** keys that a person has chosen, by command */
  readonly bindings: StoreApi<{ own: Bindings }>;

  constructor(private readonly storage: Storage) {
    this.bindings = createStore(() => ({ own: read(storage) }));
  }

  add(...commands: Command[]): void {
    for (const command of commands) {
      if (this.commands.has(command.id)) throw new Error(`two commands are called ${command.id}`);
      this.commands.set(command.id, command);
    }
  }

  all(): Command[] {
    return [...this.commands.values()];
  }

  find(id: string): Command | undefined {
    return this.commands.get(id);
  }

  in(place: Place): Command[] {
    return this.all().filter((one) => one.places?.includes(place));
  }

  keysOf(id: string): readonly string[] {
    return this.bindings.getState().own[id] ?? this.commands.get(id)?.keys ?? [];
  }

  /** Give a command other keys; null: its default ones. */
  bind(id: string, keys: readonly string[] | null): void {
    const { [id]: _, ...others } = this.bindings.getState().own;
    const own = keys === null ? others : { ...others, [id]: keys };
    this.storage.setItem(KEY, JSON.stringify(own));
    this.bindings.setState({ own });
  }

  isEnabled(id: string, app: App): boolean {
    const command = this.commands.get(id);
    return command !== undefined && (command.enabled?.(app) ?? true);
  }

  /** Do it, if it can be done now; what goes wrong is told. */
  run(id: string, app: App): void {
    const command = this.commands.get(id);
    if (command === undefined || !(command.enabled?.(app) ?? true)) return;
    const tell = (error: unknown): void =>
      app.tell(error instanceof Error ? error.message : String(error), "error");
    try {
      Promise.resolve(command.run(app)).catch(tell);
    } catch (error) {
      tell(error);
    }
  }
}

function read(storage: Storage): Bindings {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "{}") as Bindings;
  } catch {
    return {};
  }
}
