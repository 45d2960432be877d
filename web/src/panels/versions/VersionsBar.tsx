/** The bar over a comparison: which two versions, how much differs, on to the next difference. */
import { useApp } from "../../app/context";
import { SIGNS } from "../../canvas/marks";
import { CommandButton } from "../../commands/CommandButton";
import { ChevronIcon, CloseIcon, ListIcon, SwapIcon } from "../../shell/icons";
import type { Versions } from "../../view/results";
import type { Counts, Entry } from "./reading";
import { SideChoice } from "./SideChoice";

interface Props {
  versions: Versions;
  entries: readonly Entry[];
  at: Entry | null;
  counts: Counts | null;
}

export function VersionsBar({ versions, entries, at, counts }: Props) {
  const app = useApp();
  const set = (some: Partial<Versions>): void =>
    app.results.setState((state) => ({ versions: state.versions && { ...state.versions, ...some } }));
  return (
    <header className="versions-bar" role="toolbar" aria-label="versions">
      <SideChoice title="Before" side={versions.old} choose={(old) => set({ old })} />
      <CommandButton id="versions.swap" icon={<SwapIcon />} />
      <SideChoice title="After" side={versions.new} choose={(now) => set({ new: now })} />
      <CountsView counts={counts} />
      <span className="spacer" />
      <span className="versions-walk">
        <CommandButton id="versions.previous" icon={<ChevronIcon />} />
        <span className="versions-at">
          {entries.length === 0 ? "0" : `${at === null ? "–" : entries.indexOf(at) + 1} / ${entries.length}`}
        </span>
        <span className="versions-on">
          <CommandButton id="versions.next" icon={<ChevronIcon />} />
        </span>
      </span>
      <button
        type="button"
        className="button quiet icon"
        aria-label="List of differences"
        title="List of differences"
        aria-pressed={versions.list}
        onClick={() => app.commands.run("versions.list", app)}
      >
        <ListIcon />
      </button>
      <CommandButton id="versions.leave" icon={<CloseIcon />} />
    </header>
  );
}

function CountsView({ counts }: { counts: Counts | null }) {
  if (counts === null) return null;
  const { added, removed, changed, moved, linksAdded, linksRemoved } = counts;
  const none = added + removed + changed + linksAdded + linksRemoved + moved === 0;
  if (none) return <span className="versions-counts muted">no difference</span>;
  return (
    <span className="versions-counts">
      <Count sign="added" count={added} />
      <Count sign="removed" count={removed} />
      <Count sign="changed" count={changed} />
      {linksAdded + linksRemoved > 0 && (
        <span className="versions-links" data-links={`${linksAdded} ${linksRemoved}`}>
          links {SIGNS.added}
          {linksAdded} {SIGNS.removed}
          {linksRemoved}
        </span>
      )}
      {moved > 0 && <span className="muted">{moved} moved</span>}
    </span>
  );
}

function Count({ sign, count }: { sign: "added" | "removed" | "changed"; count: number }) {
  return (
    <span className="versions-count" data-sign={sign} data-count={count}>
      <span aria-hidden="true">{SIGNS[sign]}</span>
      {count} <span className="versions-word">{sign}</span>
    </span>
  );
}
