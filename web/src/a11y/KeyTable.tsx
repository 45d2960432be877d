/** Every command with its keys: choose others, see what collides, go back to the usual ones. */
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { useApp } from "../app/context";
import { conflicts, isComposing, keysOfEvent, keysText } from "../commands/keys";
import type { Command } from "../commands/registry";
import "./keys.css";

export function KeyTable() {
  const app = useApp();
  const own = useStore(app.commands.bindings, (state) => state.own);
  const [text, setText] = useState("");
  const [asking, setAsking] = useState<string | null>(null);
  const commands = useMemo(() => app.commands.all().filter((one) => one.hidden !== true), [app]);
  // keys that several commands share from the start are told apart by what is open: only what a person chose can clash
  const clashes = conflicts(new Map(commands.map(({ id, keys = [] }) => [id, own[id] ?? keys])));
  const words = text.trim().toLowerCase();
  const shown = commands.filter(
    ({ title, group, id }) => words === "" || `${title} ${group} ${id}`.toLowerCase().includes(words),
  );

  useEffect(() => {
    if (asking === null) return;
    const take = (event: KeyboardEvent): void => {
      if (isComposing(event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const keys = keysOfEvent(event);
      if (keys === null) return;
      setAsking(null);
      if (keys === "Escape") return;
      app.commands.bind(asking, keys === "Backspace" ? [] : [keys]);
    };
    addEventListener("keydown", take, true);
    return () => removeEventListener("keydown", take, true);
  }, [app, asking]);

  return (
    <div className="keys">
      <input
        className="panel-search"
        type="search"
        placeholder="Find a command"
        aria-label="find a command"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {shown.length === 0 && <p className="panel-empty">No command of this name</p>}
      <ul>
        {shown.map((one) => (
          <KeyRow
            key={one.id}
            command={one}
            keys={own[one.id] ?? one.keys ?? []}
            changed={own[one.id] !== undefined}
            clash={(clashes.get(one.id) ?? [])
              .filter((id) => own[id] !== undefined || own[one.id] !== undefined)
              .map((id) => app.commands.find(id)?.title ?? id)}
            asking={asking === one.id}
            ask={() => setAsking(asking === one.id ? null : one.id)}
          />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  command: Command;
  keys: readonly string[];
  changed: boolean;
  clash: string[];
  asking: boolean;
  ask(): void;
}

function KeyRow({ command, keys, changed, clash, asking, ask }: RowProps) {
  const app = useApp();
  const text = keys.length === 0 ? "none" : keys.map(keysText).join(" or ");
  return (
    <li data-command={command.id}>
      <span className="keys-title">{command.title}</span>
      {changed && (
        <button
          type="button"
          className="button quiet"
          aria-label={`The usual keys for ${command.title}`}
          onClick={() => app.commands.bind(command.id, null)}
        >
          Reset
        </button>
      )}
      <button
        type="button"
        className="button keys-now"
        data-asking={asking}
        aria-label={asking ? `Press the keys for ${command.title}` : `Keys for ${command.title}: ${text}`}
        onClick={ask}
        onBlur={() => asking && ask()}
      >
        {asking ? "press keys…" : text}
      </button>
      {clash.length > 0 && (
        <p className="keys-clash" role="alert">
          Also: {clash.join(", ")}
        </p>
      )}
    </li>
  );
}
