import { expect, test } from "vitest";
import { conflicts, keysOfEvent, keysText, sameKeys } from "./keys";

const press = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({
    key,
    code: "",
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    metaKey: false,
    ...more,
  }) as KeyboardEvent;

test("what is pressed becomes keys of the registry", () => {
  expect(keysOfEvent(press("j"))).toBe("j");
  expect(keysOfEvent(press("J", { shiftKey: true, ctrlKey: true }))).toBe("$mod+Shift+j");
  expect(keysOfEvent(press(" "))).toBe("Space");
  expect(keysOfEvent(press("F8"))).toBe("F8");
  expect(keysOfEvent(press("¡", { altKey: true, code: "Digit1" }))).toBe("Alt+Digit1");
  expect(keysOfEvent(press("!", { shiftKey: true, code: "Digit1" }))).toBe("Shift+Digit1");
  expect(keysOfEvent(press("Control", { ctrlKey: true }))).toBeNull();
});

test("the same keys written otherwise", () => {
  expect(sameKeys("Shift+$mod+Z", "$mod+Shift+z")).toBe(true);
  expect(sameKeys("KeyL", "l")).toBe(true);
  expect(sameKeys("l", "Shift+l")).toBe(false);
});

test("conflicts name each other", () => {
  const found = conflicts(
    new Map([
      ["a", ["l", "F2"]],
      ["b", ["F3"]],
      ["c", ["L"]],
    ]),
  );
  expect(found.get("a")).toEqual(["c"]);
  expect(found.get("c")).toEqual(["a"]);
  expect(found.has("b")).toBe(false);
});

test("keys for people", () => {
  expect(keysText("$mod+Shift+z")).toBe("Ctrl ⇧ Z");
  expect(keysText("$mod+-")).toBe("Ctrl -");
});
