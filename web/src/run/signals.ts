/**
 * One small cell of state per key, each with its own listeners: progress at 20 Hz wakes the node that it is about, and
 * nothing else.
 */
import { useCallback, useSyncExternalStore } from "react";

export class Signals<T> {
  private readonly values = new Map<string, T>();
  private readonly listeners = new Map<string, Set<() => void>>();

  constructor(private readonly initial: T) {}

  get(key: string): T {
    return this.values.get(key) ?? this.initial;
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  keys(): string[] {
    return [...this.values.keys()];
  }

  set(key: string, value: T): void {
    this.values.set(key, value);
    for (const listener of this.listeners.get(key) ?? []) listener();
  }

  update(key: string, change: (was: T) => T): void {
    this.set(key, change(this.get(key)));
  }

  clear(): void {
    const keys = this.keys();
    this.values.clear();
    for (const key of keys) for (const listener of this.listeners.get(key) ?? []) listener();
  }

  subscribe(key: string, listener: () => void): () => void {
    const found = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, found);
    found.add(listener);
    return () => {
      found.delete(listener);
      if (found.size === 0) this.listeners.delete(key);
    };
  }
}

/** The value of one cell; renders again when that cell changes. */
export function useSignal<T>(signals: Signals<T>, key: string): T {
  const subscribe = useCallback((listener: () => void) => signals.subscribe(key, listener), [signals, key]);
  return useSyncExternalStore(subscribe, () => signals.get(key));
}
