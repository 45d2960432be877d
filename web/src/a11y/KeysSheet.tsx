/** The table of keys as a sheet of its own. */
import { useApp, useUi } from "../app/context";
import { KeyTable } from "./KeyTable";
import { Sheet } from "./Sheet";

export function KeysSheet() {
  const app = useApp();
  const open = useUi((state) => state.keys);
  return (
    <Sheet open={open} title="Keys" className="keys-sheet" close={() => app.ui.setState({ keys: false })}>
      <p className="help-hint">
        Choose a command's keys, then press others. Backspace takes them away, Escape keeps them.
      </p>
      <KeyTable />
    </Sheet>
  );
}
