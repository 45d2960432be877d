/** An input's widget: chosen by `widgetKind`, from the table below. To add one, write a component and put it there. */
import type { ComponentType } from "react";
import type { Json } from "../api/types";
import { useApp, useDocument } from "../app/context";
import { unquoted } from "../graph/document";
import type { InputSpec } from "../graph/registry";
import { ChoiceField } from "./ChoiceField";
import { ImageField } from "./ImageField";
import { JsonField } from "./JsonField";
import type { WidgetKind } from "./kind";
import { ModelField } from "./ModelField";
import { NumberField } from "./NumberField";
import { SeedField } from "./SeedField";
import { LineField, TextField } from "./TextField";
import { ToggleField } from "./ToggleField";
import "./widgets.css";

export interface WidgetProps {
  node: string;
  input: InputSpec;
  /** what the document says, or else the default */
  value: Json | undefined;
  /** true if the document says nothing */
  isDefault: boolean;
  label: string;
  /** Write a literal: one step of undo. */
  set(value: Json): void;
}

export const WIDGETS: Record<WidgetKind, ComponentType<WidgetProps>> = {
  number: NumberField,
  seed: SeedField,
  text: TextField,
  line: LineField,
  toggle: ToggleField,
  choice: ChoiceField,
  model: ModelField,
  image: ImageField,
  json: JsonField,
};

interface FieldProps {
  node: string;
  input: InputSpec;
  widget: WidgetKind;
  /** other nodes that get what is written too */
  also?: readonly string[];
}

export function Field({ node, input, widget, also = ALONE }: FieldProps) {
  const app = useApp();
  const given = useDocument((state) => state.view.nodes[node]?.inputs?.[input.name]);
  const Widget = WIDGETS[widget];
  return (
    <Widget
      node={node}
      input={input}
      value={unquoted(given) ?? (given === undefined ? (input.default as Json | undefined) : given)}
      isDefault={given === undefined}
      label={labelOf(input.name)}
      set={(value) => {
        if (value === given && also.length === 0) return;
        app.document.edit(
          ...[node, ...also].map((one) => ({
            op: "set_input" as const,
            node: one,
            input: input.name,
            value,
          })),
        );
      }}
    />
  );
}

const ALONE: readonly string[] = [];

export function labelOf(name: string): string {
  return name.replaceAll("_", " ");
}
