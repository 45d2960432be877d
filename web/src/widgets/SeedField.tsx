/** A seed: a number that stays, or a new one for each run (`"random"`: drawn when the run is submitted), and back. */
import { type ReactNode, useState } from "react";
import { useApp } from "../app/context";
import type { WidgetProps } from "./Field";
import { parseNumber, stepped } from "./number";
import { newSeed } from "./seed";

const RULES = { integer: true, min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, unit: "" };

export function SeedField({ value, label, set }: WidgetProps) {
  const app = useApp();
  const [draft, setDraft] = useState<string | null>(null);
  const random = value === "random";
  const number = typeof value === "number" ? value : null;
  const commit = (text: string): void => {
    const found = parseNumber(text, RULES);
    setDraft(null);
    if (found !== null && found !== number) set(found);
  };
  return (
    <span className="field seed nodrag">
      <span className="field-label">{label}</span>
      <span className="field-box">
        <input
          aria-label={label}
          inputMode="numeric"
          disabled={random}
          value={
            random
              ? "new each run"
              : (draft ?? (Array.isArray(value) ? value.join(", ") : String(value ?? "")))
          }
          onChange={(event) => setDraft(event.target.value)}
          onBlur={(event) => draft !== null && commit(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.nativeEvent.isComposing) commit(event.currentTarget.value);
            if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
            event.preventDefault();
            set(stepped(number ?? 0, event.key === "ArrowUp" ? 1 : -1, RULES));
          }}
        />
        {random ? (
          <SeedButton
            label="Recall the seed of the last run"
            onClick={() => app.commands.run("seed.recall", app)}
          >
            <path d="M3 8a5 5 0 1 0 1.6-3.7M3 2.6v2.6h2.6M8 5.2V8l2 1.4" />
          </SeedButton>
        ) : (
          <SeedButton label="A new seed" onClick={() => set(newSeed())}>
            <rect x="2.5" y="2.5" width="11" height="11" rx="2.5" />
            <path d="M5.6 5.6h.01M8 8h.01M10.4 10.4h.01" strokeWidth="2.2" />
          </SeedButton>
        )}
        <SeedButton
          label="Random: a new seed for each run"
          pressed={random}
          onClick={() => set(random ? newSeed() : "random")}
        >
          <path d="M2 4.5h2.2c3.6 0 3.8 7 7.4 7H14M2 11.5h2.2c1.4 0 2.2-1 2.9-2.2M8.8 6.6C9.5 5.4 10.3 4.5 11.6 4.5H14M12.2 2.7 14 4.5l-1.8 1.8M12.2 9.7 14 11.5l-1.8 1.8" />
        </SeedButton>
      </span>
    </span>
  );
}

interface ButtonProps {
  label: string;
  /** whether it is on, of one that stays */
  pressed?: boolean;
  onClick(): void;
  /** its picture, drawn in lines */
  children: ReactNode;
}

function SeedButton({ label, pressed, onClick, children }: ButtonProps) {
  return (
    <button
      type="button"
      className="field-button"
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      onClick={onClick}
    >
      <svg
        viewBox="0 0 16 16"
        width="13"
        height="13"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        {children}
      </svg>
    </button>
  );
}
