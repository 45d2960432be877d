/** Which inputs stand in the form: written to the document's interface, so that they are also what scripts can set. */
import { useApp } from "../../app/context";
import type { Operation } from "../../document/operations";
import type { WorkflowDocument } from "../../graph/document";
import { interfaceTargets } from "../../graph/values";
import { candidates, formInputs, interfaceName } from "./inputs";

export function ChooseInputs({ document, done }: { document: WorkflowDocument; done(): void }) {
  const app = useApp();
  const declared = document.interface?.inputs ?? {};
  const names = new Map<string, string>();
  for (const [name, entry] of Object.entries(declared))
    for (const [node, input] of interfaceTargets(entry)) names.set(`${node}.${input}`, name);
  /** The first choice writes down what was shown without one. */
  const toggle = (key: string, node: string, input: string): void => {
    const there = names.get(key);
    if (there !== undefined) {
      app.document.edit({ op: "set_interface", side: "inputs", name: there, value: null });
      return;
    }
    const kept = Object.keys(declared).length > 0 ? [] : formInputs(document, app.registry);
    const operations: Operation[] = [];
    let made = document;
    for (const [to, at] of [
      ...kept.map((one) => one.targets[0] as [string, string]),
      [node, input] as const,
    ]) {
      if (operations.some((one) => one.op === "set_interface" && one.value?.to === `${to}.${at}`)) continue;
      const name = interfaceName(made, to, at);
      const value = { to: `${to}.${at}` };
      operations.push({ op: "set_interface", side: "inputs", name, value });
      made = {
        ...made,
        interface: { ...made.interface, inputs: { ...made.interface?.inputs, [name]: value } },
      };
    }
    app.document.edit(...operations);
  };
  return (
    <fieldset className="form-choices">
      <legend>What stands in the form</legend>
      {candidates(document, app.registry).map(({ key, label, targets }) => {
        const [node, input] = targets[0] as [string, string];
        return (
          <label key={key}>
            <input type="checkbox" checked={names.has(key)} onChange={() => toggle(key, node, input)} />
            {label}
          </label>
        );
      })}
      <button type="button" className="button" onClick={done}>
        Done
      </button>
    </fieldset>
  );
}
