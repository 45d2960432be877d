/** The models of this server: what they are, what they make, which workflow inputs can name them. */
import { useState } from "react";
import type { Model } from "../../api/types";
import { useApp } from "../../app/context";
import { useListed } from "../../widgets/useListed";
import { ModelCard } from "./ModelCard";
import { familyText } from "./modelValue";

export function Models() {
  const app = useApp();
  const { items, again } = useListed(async (api) => (await api.models()).models);
  const [text, setText] = useState("");
  const wanted = text.toLowerCase();
  const shown = items.filter((one) =>
    [one.name, familyText(one), ...one.components].some((part) => part.toLowerCase().includes(wanted)),
  );
  const unread = items.filter((one) => one.digest === null && one.kind !== "unreadable").length;
  const scan = (): void => {
    app.api.scanModels().then(
      () => {
        app.tell("The models are being read", "note");
        setTimeout(again, 1500);
      },
      (error: Error) => app.tell(error.message, "error"),
    );
  };
  return (
    <>
      <input
        className="panel-search"
        type="search"
        placeholder="Name, family or part"
        aria-label="search models"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <p className="queue-state">
        <span className="muted">
          {items.length} {items.length === 1 ? "model" : "models"}
          {unread > 0 && `, ${unread} not read yet`}
        </span>
        <button type="button" className="button small" onClick={unread > 0 ? scan : again}>
          {unread > 0 ? "Read them" : "Look again"}
        </button>
      </p>
      <ul className="panel-list" aria-label="models">
        {shown.map((one) => (
          <Row key={one.name} model={one} />
        ))}
      </ul>
      <p className="model-hint">
        New ones go into <code>models</code> of the state folder: diffusers folders, or{" "}
        <code>.safetensors</code> files.
      </p>
    </>
  );
}

function Row({ model }: { model: Model }) {
  return (
    <li className="model-row" data-model={model.name}>
      <details>
        <summary>
          <ModelCard model={model} />
        </summary>
        <dl className="model-details">
          <dt>Parts</dt>
          <dd>{model.components.join(", ") || "unknown"}</dd>
          <dt>Bytes</dt>
          <dd>
            <code>{model.digest ?? "not read yet"}</code>
          </dd>
        </dl>
      </details>
    </li>
  );
}
