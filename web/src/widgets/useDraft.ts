/** Text under way: shown at once, written to the document after a pause, at the end, and before the page goes. */
import { useCallback, useEffect, useRef, useState } from "react";

const PAUSE = 600;

export interface Draft {
  text: string;
  change(text: string): void;
  /** Write what is under way now. */
  flush(): void;
}

export function useDraft(value: string, write: (text: string) => void): Draft {
  const [draft, setDraft] = useState<string | null>(null);
  const held = useRef<{ text: string; timer: ReturnType<typeof setTimeout> } | null>(null);
  const writer = useRef(write);
  writer.current = write;
  const flush = useCallback(() => {
    const waiting = held.current;
    held.current = null;
    if (waiting === null) return;
    clearTimeout(waiting.timer);
    writer.current(waiting.text);
    setDraft(null);
  }, []);
  useEffect(() => {
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
  }, [flush]);
  const change = useCallback(
    (text: string) => {
      if (held.current !== null) clearTimeout(held.current.timer);
      held.current = { text, timer: setTimeout(flush, PAUSE) };
      setDraft(text);
    },
    [flush],
  );
  return { text: draft ?? value, change, flush };
}
