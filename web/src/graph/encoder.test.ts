import { expect, test } from "vitest";
import type { WorkflowDocument } from "./document";
import { encoderModel } from "./encoder";
import { input, node, registryOf } from "./registry.fixture";

/** An input that names a file of a kind, or a socket. */
const given = (type: string, source?: string) =>
  input(type, source === undefined ? null : { type: "string", "x-loom": { source } });
const type = (name: string, inputs: object, output: string) =>
  node(name, inputs, { outputs: { out: { type: output } } });
const registry = registryOf(
  type("load", { model: given("str", "models") }, "TextEncoder"),
  type("control", { model: given("str", "models") }, "ControlNet"),
  type("lora", { file: given("str", "models"), text_encoder: given("TextEncoder") }, "TextEncoder"),
  type("switch", { yes: given("T"), no: given("T") }, "T"),
  type("encode", { encoder: given("TextEncoder") }, "Conditioning"),
);

const from = (node: string) => ({ from: node });
const model = (nodes: WorkflowDocument["nodes"], node = "encode") =>
  encoderModel({ format: 1, nodes }, registry, node);

test("the model is found behind its loader, and behind LoRAs", () => {
  const load = { type: "load@1", inputs: { model: "shapes" } };
  expect(model({ load, encode: { type: "encode@1", inputs: { encoder: from("load.text_encoder") } } })).toBe(
    "shapes",
  );
  expect(
    model({
      load,
      a: { type: "lora@1", inputs: { file: "a.safetensors", text_encoder: from("load") } },
      b: { type: "lora@1", inputs: { file: "b.safetensors", text_encoder: from("a") } },
      encode: { type: "encode@1", inputs: { encoder: from("b") } },
    }),
  ).toBe("shapes");
});

test("where it cannot be told there is none", () => {
  expect(model({ encode: { type: "encode@1", inputs: {} } })).toBeNull();
  expect(model({ encode: { type: "encode@1", inputs: { encoder: from("gone") } } })).toBeNull();
  expect(
    model({
      pick: { type: "switch@1", inputs: { yes: from("load") } },
      load: { type: "load@1", inputs: { model: "shapes" } },
      encode: { type: "encode@1", inputs: { encoder: from("pick") } },
    }),
  ).toBeNull();
  expect(model({ control: { type: "control@1", inputs: { model: "x" } } }, "control")).toBeNull();
  const circle = (to: string) => ({ type: "lora@1", inputs: { text_encoder: from(to) } });
  expect(model({ a: circle("b"), b: circle("a") }, "a")).toBeNull();
});
