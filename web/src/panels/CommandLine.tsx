/** A command as a button of a panel, with its key. */
import { useApp } from "../app/context";
import { keysText } from "../commands/keys";

export function CommandLine({ id, title, primary }: { id: string; title?: string; primary?: boolean }) {
  const app = useApp();
  const keys = app.commands.keysOf(id)[0];
  return (
    <button
      type="button"
      className={primary === true ? "button command-line primary" : "button command-line"}
      disabled={!app.commands.isEnabled(id, app)}
      onClick={() => app.commands.run(id, app)}
    >
      <span>{title ?? app.commands.find(id)?.title ?? id}</span>
      {keys !== undefined && <kbd className="kbd">{keysText(keys)}</kbd>}
    </button>
  );
}
