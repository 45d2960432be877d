/** A model: its name, and a list to choose from; one that is missing is still named, with what to do about it. */
import { lazy, Suspense, useState } from "react";
import { familyText, findModel, wantedModel } from "../panels/models/modelValue";
import type { WidgetProps } from "./Field";
import { useListed } from "./useListed";

const ModelPicker = lazy(async () => ({
  default: (await import("../panels/models/ModelPicker")).ModelPicker,
}));

export function ModelField({ value, label, input, set }: WidgetProps) {
  const { items, again } = useListed(async (api) => (await api.models()).models);
  const [open, setOpen] = useState(false);
  const wanted = wantedModel(value);
  const found = wanted === null || items.length === 0 ? null : findModel(wanted, items);
  const missing = found?.kind === "missing" || found?.kind === "other";
  const family = found?.kind === "there" ? familyText(found.model) : "";
  return (
    <span className="field model nodrag">
      <span className="field-label">{label}</span>
      <span className="field-box" data-missing={missing}>
        <button
          type="button"
          className="model-field"
          aria-label={`${label}: ${wanted?.name ?? "none"}${missing ? ", missing" : ""}`}
          aria-haspopup="dialog"
          title={family}
          onClick={() => {
            again();
            setOpen(true);
          }}
        >
          <span>{wanted?.name ?? "choose…"}</span>
          {missing && <span className="model-field-missing">missing</span>}
          {found?.kind === "renamed" && <span className="model-field-renamed">as {found.model.name}</span>}
        </button>
      </span>
      {open && (
        <Suspense>
          <ModelPicker
            wanted={wanted}
            models={items}
            input={input.name}
            set={set}
            close={() => setOpen(false)}
            again={again}
          />
        </Suspense>
      )}
    </span>
  );
}
