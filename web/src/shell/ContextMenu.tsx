/** The context menu of the canvas, a node or a loop: the commands that stand there. */
import { DropdownMenu } from "radix-ui";
import { useApp, useUi } from "../app/context";
import { keysText } from "../commands/keys";
import { isFrame } from "../graph/document";

export function ContextMenu() {
  const app = useApp();
  const menu = useUi((state) => state.menu);
  if (menu === null) return null;
  const body = menu.node === null ? undefined : app.document.document.nodes[menu.node];
  const place = menu.edge != null ? "edge" : menu.node === null ? "canvas" : isFrame(body) ? "frame" : "node";
  const all = [...(menu.input === null ? [] : app.commands.in("input")), ...app.commands.in(place)];
  const commands = all.filter((one) => app.commands.isEnabled(one.id, app));
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && app.ui.setState({ menu: null })}>
      <DropdownMenu.Trigger asChild>
        <button
          type="button"
          className="menu-anchor"
          tabIndex={-1}
          aria-label="menu"
          style={{ left: menu.screen[0], top: menu.screen[1] }}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          tabIndex={0} // it may scroll
          align="start"
          sideOffset={2}
          collisionPadding={8}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          {commands.map((one) => (
            <DropdownMenu.Item
              key={one.id}
              className="menu-item"
              onSelect={() => app.commands.run(one.id, app)}
            >
              <span>{one.title}</span>
              {app.commands.keysOf(one.id)[0] !== undefined && (
                <kbd className="kbd">{keysText(app.commands.keysOf(one.id)[0] ?? "")}</kbd>
              )}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
