/** A command as a button with a picture: its title and keys are the registry's. */
import type { ReactNode } from "react";
import { useApp } from "../app/context";
import { keysText } from "./keys";

export function CommandButton({ id, icon }: { id: string; icon: ReactNode }) {
  const app = useApp();
  const title = app.commands.find(id)?.title ?? id;
  const keys = app.commands.keysOf(id)[0];
  return (
    <button
      type="button"
      className="button quiet icon bar-command"
      aria-label={title}
      title={keys === undefined ? title : `${title} (${keysText(keys)})`}
      onClick={() => app.commands.run(id, app)}
    >
      {icon}
    </button>
  );
}
