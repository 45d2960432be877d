/** Which version a side is: now, a revision, another workflow, a file, the graph of a picture. */
import { DropdownMenu } from "radix-ui";
import { useEffect, useState } from "react";
import type { ListedWorkflow, Picture } from "../../api/types";
import { useApp, useDocument } from "../../app/context";
import type { Side } from "../../view/results";
import { askFile } from "../files/ask";
import { type Group, groupsOf } from "../history/groups";
import { timeText } from "../history/timeText";
import { labelOf, NOW, sideOfFile, sideOfPicture } from "./sides";

interface Props {
  title: string;
  side: Side;
  choose(side: Side): void;
}

const REVISIONS = 14;
const PICTURES = 6;

export function SideChoice({ title, side, choose }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <DropdownMenu.Root modal={false} open={open} onOpenChange={setOpen}>
      <DropdownMenu.Trigger className="button versions-side" aria-label={`${title}: ${labelOf(side)}`}>
        <span className="muted">{title}</span>
        <span className="versions-side-name">{labelOf(side)}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu versions-menu" tabIndex={0} align="start" collisionPadding={8}>
          {open && <Choices choose={choose} />}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Choices({ choose }: { choose(side: Side): void }) {
  const app = useApp();
  const name = useDocument((state) => state.name) ?? "";
  const [revisions, setRevisions] = useState<readonly Group[]>([]);
  const [workflows, setWorkflows] = useState<readonly ListedWorkflow[]>([]);
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  useEffect(() => {
    let current = true;
    const tell = (error: Error): void => app.tell(error.message, "error");
    app.api
      .history(name)
      .then(({ history }) => current && setRevisions(groupsOf(history).slice(0, REVISIONS)))
      .catch(tell);
    app.api
      .workflows()
      .then((found) => current && setWorkflows(found.workflows.filter((one) => one.name !== name)))
      .catch(tell);
    app.api
      .pictures()
      .then((found) => current && setPictures(found.pictures.slice(0, PICTURES)))
      .catch(tell);
    return () => {
      current = false;
    };
  }, [app, name]);
  const later = (side: Promise<Side>): void =>
    void side.then(choose).catch((error: Error) => app.tell(error.message, "error"));
  return (
    <>
      <Choice onSelect={() => choose(NOW)}>Now</Choice>
      <Choice onSelect={() => askFile(app, ([file]) => file && later(sideOfFile(file)))}>A file…</Choice>
      <Part title="Revisions">
        {revisions.map(({ revision, did, at }) => (
          <Choice key={revision} onSelect={() => choose({ kind: "revision", revision })}>
            <span className="versions-did">{did}</span>
            <span className="muted">
              {timeText(at)} · revision {revision}
            </span>
          </Choice>
        ))}
      </Part>
      {pictures.length > 0 && (
        <Part title="Graphs of pictures">
          {pictures.map((one) => (
            <Choice key={`${one.run} ${one.digest}`} onSelect={() => later(sideOfPicture(app, one))}>
              <img src={app.api.thumbnailUrl(one.digest, 64)} alt="" width="28" height="28" />
              <span className="versions-did">{one.name}</span>
            </Choice>
          ))}
        </Part>
      )}
      {workflows.length > 0 && (
        <Part title="Other workflows">
          {workflows.map((one) => (
            <Choice key={one.name} onSelect={() => choose({ kind: "workflow", name: one.name })}>
              <span className="versions-did">{one.name.replaceAll("_", " ")}</span>
            </Choice>
          ))}
        </Part>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <DropdownMenu.Group>
      <DropdownMenu.Label className="panel-title versions-part">{title}</DropdownMenu.Label>
      {children}
    </DropdownMenu.Group>
  );
}

function Choice({ onSelect, children }: { onSelect(): void; children: React.ReactNode }) {
  return (
    <DropdownMenu.Item className="menu-item" onSelect={onSelect}>
      {children}
    </DropdownMenu.Item>
  );
}
