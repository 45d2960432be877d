/** Something the server lists (models, uploads), asked once when a widget first shows it. */
import { useEffect, useState } from "react";
import type { Api } from "../api/client";
import { useApp } from "../app/context";

export function useListed<T>(ask: (api: Api) => Promise<T[]>): { items: readonly T[]; again(): void } {
  const { api } = useApp();
  const [items, setItems] = useState<readonly T[]>([]);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks again; `ask` is written in place
  useEffect(() => {
    let current = true;
    ask(api).then(
      (found) => current && setItems(found),
      () => {},
    );
    return () => {
      current = false;
    };
  }, [api, turn]);
  return { items, again: () => setTurn((at) => at + 1) };
}
