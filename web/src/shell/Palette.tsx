/** The command palette: everything that can be done now, by name. */
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useApp, useUi } from "../app/context";
import { keysText } from "../commands/keys";

export function Palette() {
  const app = useApp();
  const open = useUi((state) => state.palette);
  const close = (): void => app.ui.setState({ palette: false });
  return (
    <Dialog.Root open={open} onOpenChange={(now) => !now && close()}>
      <Dialog.Portal>
        <div className="veil" />
        <Dialog.Content className="palette" aria-describedby={undefined}>
          <Dialog.Title className="hidden-text">Commands</Dialog.Title>
          <Command label="Commands" loop>
            <Command.Input placeholder="What do you want to do?" autoFocus />
            <Command.List>
              <Command.Empty>Nothing of this name</Command.Empty>
              {groups(
                app.commands
                  .all()
                  .filter((one) => one.hidden !== true && app.commands.isEnabled(one.id, app)),
              ).map(([group, commands]) => (
                <Command.Group key={group} heading={group}>
                  {commands.map((one) => (
                    <Command.Item
                      key={one.id}
                      value={`${one.title} ${one.id}`}
                      onSelect={() => {
                        close();
                        app.commands.run(one.id, app);
                      }}
                    >
                      <span>{one.title}</span>
                      {app.commands.keysOf(one.id)[0] !== undefined && (
                        <kbd className="kbd">{keysText(app.commands.keysOf(one.id)[0] ?? "")}</kbd>
                      )}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function groups<T extends { group: string }>(commands: T[]): [string, T[]][] {
  return [...Map.groupBy(commands, (one) => one.group)];
}
