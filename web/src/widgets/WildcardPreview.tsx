/** What a template with wildcards gives for the node's seed, and how many ways there are. */
import { useDocument } from "../app/context";
import { unquoted } from "../graph/document";
import { Template, Unreadable } from "./wildcard";

export default function WildcardPreview({ node, text }: { node: string; text: string }) {
  const given = unquoted(useDocument((state) => state.view.nodes[node]?.inputs?.seed)) ?? 0;
  const { line, wrong } = preview(text, typeof given === "number" ? given : null);
  return (
    <span className="text-preview" data-wrong={wrong} title={line} role={wrong ? "alert" : undefined}>
      {line}
    </span>
  );
}

function preview(text: string, seed: number | null): { line: string; wrong: boolean } {
  try {
    const template = new Template(text);
    const { variants } = template;
    const ways = `${variants.toLocaleString()} ${variants === 1 ? "variant" : "variants"}`;
    return { line: seed === null ? ways : `${ways} · ${template.filled(seed)}`, wrong: false };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { line: error.message, wrong: true };
  }
}
