/** The keys of the mask: those of its commands, as a person has bound them, and those that move the hand. */
import { useApp } from "../../app/context";
import { keysText } from "../../commands/keys";

const HAND: readonly (readonly [keys: string, what: string])[] = [
  ["Arrows", "move; two at once lead between them"],
  ["Shift + arrows", "move five times as far"],
  ["Alt + arrows", "move by one pixel"],
  ["Home, End", "to the left edge, to the right one"],
  ["Page Up, Page Down", "to the upper edge, to the lower one"],
  ["Space, held", "paint while moving; of a shape: a corner"],
  ["Enter", "brush down, brush up; of a shape: a corner"],
  ["Escape", "drop what is under way; then leave"],
];

export function MaskKeys() {
  const app = useApp();
  const commands = app.commands.all().filter((one) => one.group === "Mask");
  const rows = [
    ...HAND,
    ...commands.map((one) => [
      app.commands.keysOf(one.id).map(keysText).join(" or "),
      one.title.replace("Mask: ", ""),
    ]),
  ];
  return (
    <section className="mask-keys" aria-label="keys of the mask">
      <dl>
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
