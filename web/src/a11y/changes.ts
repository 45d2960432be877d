/** What an edit did, in a sentence for who does not see it. Pure. */
import { asLink, lookOf, titleOf, type WorkflowDocument } from "../graph/document";

/** The difference of two documents in words; null if it is nothing to speak of. */
export function changeText(was: WorkflowDocument, now: WorkflowDocument): string | null {
  if (was.nodes === now.nodes) return null;
  const added = Object.keys(now.nodes).filter((id) => was.nodes[id] === undefined);
  const removed = Object.keys(was.nodes).filter((id) => now.nodes[id] === undefined);
  const parts = [counted(added, now, "added"), counted(removed, was, "removed"), ...linkTexts(was, now)];
  const said = parts.filter((one) => one !== null);
  return said.length === 0 ? null : `${said.slice(0, 3).join(". ")}.`;
}

function counted(ids: string[], document: WorkflowDocument, what: string): string | null {
  const [first] = ids;
  if (first === undefined) return null;
  return ids.length === 1
    ? `${titleOf(first, lookOf(document, first))} ${what}`
    : `${ids.length} nodes ${what}`;
}

function linkTexts(was: WorkflowDocument, now: WorkflowDocument): string[] {
  const texts: string[] = [];
  for (const [id, body] of Object.entries(now.nodes)) {
    const before = was.nodes[id];
    if (before === undefined || before === body) continue;
    for (const name of new Set([...Object.keys(before.inputs ?? {}), ...Object.keys(body.inputs ?? {})])) {
      const [old, next] = [before.inputs?.[name], body.inputs?.[name]];
      if (old === next) continue;
      const link = asLink(next);
      if (link !== null) texts.push(`${titleOf(link.node)} linked to ${name} of ${titleOf(id)}`);
      else if (asLink(old) !== null && next === undefined)
        texts.push(`Link to ${name} of ${titleOf(id)} removed`);
    }
    if (before.in !== body.in)
      texts.push(
        body.in === undefined ? `${titleOf(id)} left its loop` : `${titleOf(id)} is in ${titleOf(body.in)}`,
      );
  }
  return texts;
}
