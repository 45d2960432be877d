/** Choose a model: by name, family, part; with what it makes and how large it is. Also what to do if one is missing. */
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useState } from "react";
import type { Json, Model } from "../../api/types";
import { useApp } from "../../app/context";
import { ModelCard } from "./ModelCard";
import { byUse, familyText, findModel, type Wanted } from "./modelValue";
import "./models.css";

interface PickerProps {
  wanted: Wanted | null;
  models: readonly Model[];
  /** the name of the input: what part is asked for */
  input: string;
  set(value: Json): void;
  close(): void;
  again(): void;
}

export function ModelPicker({ wanted, models, input, set, close, again }: PickerProps) {
  const found = wanted === null ? null : findModel(wanted, models);
  const [bytes, setBytes] = useState((wanted?.digest ?? null) !== null);
  const choose = (model: Model): void => {
    set(bytes && model.digest !== null ? { file: model.name, digest: model.digest } : model.name);
    close();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <div className="veil" />
        <Dialog.Content className="palette model-picker nodrag" aria-describedby={undefined}>
          <Dialog.Title className="hidden-text">Choose a model</Dialog.Title>
          {wanted !== null && found !== null && found.kind !== "there" && (
            <Missing wanted={wanted} found={found} again={again} choose={choose} />
          )}
          <Command label="Models" loop defaultValue={wanted?.name ?? ""}>
            <Command.Input placeholder="Name, family or part" autoFocus />
            <Command.List>
              <Command.Empty>No model like this</Command.Empty>
              {byUse(models, input).map((model) => (
                <Command.Item
                  key={model.name}
                  value={model.name}
                  keywords={[familyText(model), ...model.components]}
                  onSelect={() => choose(model)}
                  data-model={model.name}
                >
                  <ModelCard model={model} />
                  {model.name === wanted?.name && <span className="model-now">now</span>}
                </Command.Item>
              ))}
            </Command.List>
          </Command>
          <label className="model-bytes">
            <input type="checkbox" checked={bytes} onChange={(event) => setBytes(event.target.checked)} />
            Remember its bytes too: then it is found under any name, and no other is taken for it
          </label>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface MissingProps {
  wanted: Wanted;
  found: Exclude<ReturnType<typeof findModel>, { kind: "there" }>;
  again(): void;
  choose(model: Model): void;
}

function Missing({ wanted, found, again, choose }: MissingProps) {
  const app = useApp();
  const look = (): void => {
    app.api.scanModels().then(again, (error: Error) => app.tell(error.message, "error"));
  };
  return (
    <section className="model-missing" aria-label="missing model">
      {found.kind === "renamed" ? (
        <p>
          <strong>{wanted.name}</strong> is here as <strong>{found.model.name}</strong>: the same bytes. Runs
          find it.
        </p>
      ) : found.kind === "other" ? (
        <p>
          There is a <strong>{wanted.name}</strong>, but it is not the one that this workflow was made with.
        </p>
      ) : (
        <p>
          This server has no model <strong>{wanted.name}</strong>.
        </p>
      )}
      {wanted.digest !== null && (
        <p className="model-digest">
          Its bytes: <code>{wanted.digest}</code>
        </p>
      )}
      {found.kind === "missing" && (
        <p className="muted">
          Put the file or folder into <code>models</code> of the state folder (<code>LOOM_HOME</code>)
          {wanted.digest !== null && ", under any name: it is known by its bytes"}. Or choose another one
          below.
        </p>
      )}
      <p className="model-acts">
        {found.kind === "renamed" && (
          <button type="button" className="button" onClick={() => choose(found.model)}>
            Use its name here
          </button>
        )}
        <button type="button" className="button" onClick={look}>
          Look again
        </button>
        {wanted.digest !== null && (
          <button
            type="button"
            className="button"
            onClick={() => {
              navigator.clipboard?.writeText(wanted.digest ?? "").catch(() => {});
              app.tell("The digest is in the clipboard", "note");
            }}
          >
            Copy the digest
          </button>
        )}
      </p>
    </section>
  );
}
