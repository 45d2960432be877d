/** Node types for unit tests: as the server describes them, with only what a test is about said. */
import type { NodeTypes } from "../api/types";
import { Registry } from "./registry";

/** An input with a widget for `schema`, or with none a socket. */
export const input = (type: string, schema: object | null = null, more: object = {}) => ({
  type,
  socket: schema === null,
  required: true,
  lazy: false,
  many: false,
  schema,
  widget: null,
  default: null,
  ...more,
});

export const node = (type: string, inputs: object, more: object = {}) => ({
  type: `${type}@1`,
  label: type,
  category: "test",
  stage: null,
  title: "",
  formula: null,
  paper: null,
  examples: [],
  doc: "",
  plan: false,
  sink: false,
  pure: true,
  stack: [],
  inputs,
  outputs: {},
  ...more,
});

export const registryOf = (...nodes: object[]): Registry =>
  new Registry({ digest: "", conversions: [], types: [], failures: [], nodes } as unknown as NodeTypes);
