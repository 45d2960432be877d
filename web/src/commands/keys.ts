/** Keys → commands. Never while a person composes text; in fields only those that say so; never instead of a control's own. */
import { useEffect } from "react";
import { tinykeys } from "tinykeys";
import { useStore } from "zustand";
import { useApp } from "../app/context";

export function useCommandKeys(): void {
  const app = useApp();
  const own = useStore(app.commands.bindings, (state) => state.own);
  useEffect(() => {
    const bindings: Record<string, (event: KeyboardEvent) => void> = {};
    for (const command of app.commands.all()) {
      const usual = command.native === true ? [] : (command.keys ?? []);
      for (const keys of own[command.id] ?? usual) {
        const before = bindings[keys];
        bindings[keys] = (event) => {
          before?.(event);
          if (event.defaultPrevented || isComposing(event)) return;
          if (command.inFields !== true && (isField(event.target) || isDialog(event.target))) return;
          if (isOwnKey(event)) return;
          if (!app.commands.isEnabled(command.id, app)) return;
          event.preventDefault();
          app.commands.run(command.id, app);
        };
      }
    }
    return tinykeys(window, bindings);
  }, [app, own]);
}

/** An input method is at work: the key belongs to it. Some browsers say so only by the code 229. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const within = target.shadowRoot?.activeElement; // the code editor has its own styles, and so a root of its own
  if (within) return isField(within);
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type)
  );
}

function isDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="dialog"], [role="menu"]') !== null;
}

const PRESSES = new Set([" ", "Enter"]);
const WALKS = new Set([
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
  "PageUp",
  "PageDown",
]);

/** A key that the focused control needs for itself: Space and Enter press a button, arrows move a slider. */
function isOwnKey({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || !(target instanceof Element)) return false;
  if (PRESSES.has(key))
    return target.matches(
      'button, a[href], summary, input, [role="button"], [role="tree"], [role="treeitem"], [role="slider"]',
    );
  return (
    WALKS.has(key) &&
    target.matches('input, [role="slider"], [role="tree"], [role="treeitem"], [role="tab"], [role="radio"]')
  );
}

/** What was pressed, as the registry writes keys; null while only a modifier is held. */
export function keysOfEvent(event: KeyboardEvent): string | null {
  if (["Shift", "Control", "Alt", "Meta", "AltGraph", "Dead"].includes(event.key)) return null;
  const parts: string[] = [];
  if (isMac() ? event.metaKey : event.ctrlKey) parts.push("$mod");
  if (isMac() ? event.ctrlKey : event.metaKey) parts.push(isMac() ? "Control" : "Meta");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey) parts.push("Shift");
  const named = event.key.length > 1 || /^[a-z]$/i.test(event.key);
  const key = event.key === " " ? "Space" : named && !event.altKey ? event.key : event.code || event.key;
  return [...parts, key.length === 1 ? key.toLowerCase() : key].join("+");
}

/** Two ways to write the same keys are equal by this. */
export function sameKeys(a: string, b: string): boolean {
  return normal(a) === normal(b);
}

function normal(keys: string): string {
  const parts = keys.split(/\b\+/);
  const key = (parts.pop() ?? "").replace(/^Key(?=[A-Z]$)/, "").toLowerCase();
  return [...parts.sort(), key].join("+");
}

/** Commands that the same keys call, by command: what a person has bound twice. */
export function conflicts(bound: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const byKeys = new Map<string, string[]>();
  for (const [id, all] of bound)
    for (const keys of all) byKeys.set(normal(keys), [...(byKeys.get(normal(keys)) ?? []), id]);
  const found = new Map<string, string[]>();
  for (const ids of byKeys.values()) {
    if (ids.length < 2) continue;
    for (const id of ids) found.set(id, [...(found.get(id) ?? []), ...ids.filter((one) => one !== id)]);
  }
  return found;
}

function isMac(): boolean {
  return typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
}

/** Keys for people: `$mod+Shift+z` → Ctrl ⇧ Z. */
export function keysText(keys: string): string {
  const mac = isMac();
  const names: Record<string, string> = {
    $mod: mac ? "⌘" : "Ctrl",
    Shift: "⇧",
    Alt: mac ? "⌥" : "Alt",
    Enter: "↵",
    Escape: "Esc",
    Delete: "Del",
    Backspace: "⌫",
    Space: "Space",
    Period: ".",
    Comma: ",",
    Slash: "/",
    Minus: "-",
    Equal: "=",
    ArrowLeft: "←",
    ArrowRight: "→",
    ArrowUp: "↑",
    ArrowDown: "↓",
  };
  return keys
    .split(/\b\+/)
    .map((one) => names[one] ?? one.replace(/^(Key|Digit)/, "").toUpperCase())
    .join(" ");
}
