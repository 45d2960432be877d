/** Settings of this browser, and facts about the server. */
import { useEffect, useState } from "react";
import type { System } from "../../api/types";
import { useApp, useUi } from "../../app/context";
import type { Theme } from "../../view/uiState";
import { CommandLine } from "../CommandLine";
import { bytesText } from "../models/modelValue";
import "./settings.css";

const THEMES: [Theme, string][] = [
  ["system", "As the system"],
  ["dark", "Dark"],
  ["light", "Light"],
];

export function Settings() {
  const app = useApp();
  const theme = useUi((state) => state.theme);
  const form = useUi((state) => state.form);
  return (
    <>
      <Choice
        title="Colours"
        value={theme}
        options={THEMES}
        set={(chosen) => app.ui.setState({ theme: chosen })}
      />
      <Choice
        title="A workflow is shown"
        value={String(form)}
        options={[
          ["null", "As a form on small screens, else as a graph"],
          ["false", "As a graph"],
          ["true", "As a form"],
        ]}
        set={(chosen) => app.ui.setState({ form: chosen === "null" ? null : chosen === "true" })}
      />
      <h3 className="panel-title">Keys and help</h3>
      <div className="settings-lines">
        {["keys", "palette", "tour"]
          .filter((id) => app.commands.find(id) !== undefined)
          .map((id) => (
            <CommandLine key={id} id={id} />
          ))}
      </div>
      <Server />
    </>
  );
}

interface ChoiceProps<T extends string> {
  title: string;
  value: T;
  options: [T, string][];
  set(value: T): void;
}

function Choice<T extends string>({ title, value, options, set }: ChoiceProps<T>) {
  return (
    <fieldset className="settings-choice">
      <legend className="panel-title">{title}</legend>
      {options.map(([one, text]) => (
        <label key={one}>
          <input type="radio" name={title} checked={one === value} onChange={() => set(one)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

function Server() {
  const app = useApp();
  const [system, setSystem] = useState<System | null>(null);
  useEffect(() => {
    app.api.system().then(setSystem, () => {});
  }, [app]);
  return (
    <>
      <h3 className="panel-title">This server</h3>
      {system !== null && (
        <dl className="settings-facts">
          <dt>Latent Loom</dt>
          <dd>{system.version}</dd>
          <dt>Runs are made on</dt>
          <dd>{system.devices.map((one) => one.device).join(", ")}</dd>
          <dt>Processors</dt>
          <dd>{system.cpus}</dd>
          <dt>Memory free</dt>
          <dd>
            {system.memory.available === null ? "unknown" : bytesText(system.memory.available)} of{" "}
            {bytesText(system.memory.total)}
          </dd>
          <dt>Disk free</dt>
          <dd>{bytesText(system.disk.free)}</dd>
          <dt>System</dt>
          <dd>
            {kernel(system.platform)}, Python {system.python}
          </dd>
        </dl>
      )}
      <button
        type="button"
        className="button"
        onClick={() => {
          app.api
            .send("DELETE", "session")
            .then(() => location.reload())
            .catch((error: Error) => app.tell(error.message, "error"));
        }}
      >
        Sign this browser out
      </button>
    </>
  );
}

/** `Linux-6.12.1-x86_64-with-glibc2.36` → Linux 6.12.1: the rest is for who builds packages. */
function kernel(platform: string): string {
  return platform.split("-").slice(0, 2).join(" ");
}
