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
  /** what it is about while something else is looked at than the document; left out: as its group is */
  looking?: Looking;
  /** not offered in the palette */
  hidden?: boolean;
  enabled?(app: App): boolean;
  run(app: App): void | Promise<void>;
}

/** While something is looked at: about what is shown, about the document all the same, or not to be had. */
export type Looking = "shown" | "live" | "never";

/** Of commands by their group; groups that are not named edit the document, which is out of sight. */
const LOOKING: Readonly<Record<string, Looking>> = {
  View: "shown",
  Go: "shown",
  Help: "shown",
  Run: "live",
  Picture: "live",
  Versions: "live",
};

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
    const about = command === undefined ? null : aboutWhat(command, app);
    return about !== null && (command?.enabled?.(about) ?? true);
  }

  /** Do it, if it can be done now; what goes wrong is told. */
  run(id: string, app: App): void {
    const command = this.commands.get(id);
    if (command === undefined) return;
    const about = aboutWhat(command, app);
    if (about === null) return app.tell("Leave the comparison first: this is about the workflow", "note");
    if (!(command.enabled?.(about) ?? true)) return;
    const tell = (error: unknown): void =>
      app.tell(error instanceof Error ? error.message : String(error), "error");
    try {
      Promise.resolve(command.run(about)).catch(tell);
    } catch (error) {
      tell(error);
    }
  }
}

/** What a command is about: the document, or what stands in its place; null where it must not be done now. */
function aboutWhat(command: Command, app: App): App | null {
  const stage = app.stage.current;
  if (stage === null) return app;
  const looking = command.looking ?? LOOKING[command.group] ?? "never";
  return looking === "never" ? null : looking === "shown" ? stage.app : stage.live;
}

function read(storage: Storage): Bindings {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "{}") as Bindings;
  } catch {
    return {};
  }
}
