/** The example workflows that come with the product, with what they make and what they read. Loaded when first needed. */
import { titleOf, type WorkflowDocument } from "../graph/document";
import { FIRST } from "./templates";

const FILES = import.meta.glob<WorkflowDocument>("../../../workflows/*.json", {
  import: "default",
  eager: true,
});
const PICTURES = import.meta.glob<string>("./pictures/*.webp", { import: "default", eager: true });
const INPUTS = import.meta.glob<string>("../../../workflows/inputs/*.png", {
  import: "default",
  query: "?url",
  eager: true,
});

export interface Template {
  name: string;
  title: string;
  document: WorkflowDocument;
  /** the address of what it makes */
  picture: string | null;
}

/** The templates, the first one first. */
export function templates(): Template[] {
  const found = Object.entries(FILES).map(([path, document]) => {
    const name = path.slice(path.lastIndexOf("/") + 1, -5);
    return { name, title: titleOf(name), document, picture: PICTURES[`./pictures/${name}.webp`] ?? null };
  });
  const order = (one: Template): string => (one.name === FIRST ? "" : one.name);
  return found.sort((a, b) => order(a).localeCompare(order(b)));
}

/** The address of a file that a template reads, such as `inputs/scene.png`; undefined for any other. */
export function templateInput(name: string): string | undefined {
  return INPUTS[`../../../workflows/${name}`];
}
