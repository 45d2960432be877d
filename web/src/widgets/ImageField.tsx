/** A picture of this server's inputs: pick one, or upload one. */
import { useRef } from "react";
import { useApp } from "../app/context";
import type { WidgetProps } from "./Field";
import { useListed } from "./useListed";

export function ImageField({ value, label, set }: WidgetProps) {
  const app = useApp();
  const picker = useRef<HTMLInputElement>(null);
  const { items, again } = useListed(async (api) => (await api.assets()).assets);
  const name = typeof value === "string" ? value : "";
  const upload = async (file: File): Promise<void> => {
    const asset = await app.api.upload(file);
    again();
    set(asset.input);
  };
  return (
    <span className="field choice nodrag">
      <span className="field-label">{label}</span>
      <span className="field-box">
        <select aria-label={label} value={name} onChange={(event) => set(event.target.value)}>
          {!items.some((one) => one.input === name) && <option value={name}>{name || "choose…"}</option>}
          {items.map((one) => (
            <option key={one.digest} value={one.input}>
              {one.name}
            </option>
          ))}
        </select>
        <button type="button" className="field-button" onClick={() => picker.current?.click()}>
          Upload
        </button>
        <input
          ref={picker}
          type="file"
          hidden
          accept="image/png,image/jpeg,image/webp,image/gif"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) upload(file).catch((error: Error) => app.tell(error.message, "error"));
          }}
        />
      </span>
    </span>
  );
}
