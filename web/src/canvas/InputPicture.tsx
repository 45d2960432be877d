/** The picture that a node loads, on its card, and the way to paint a mask on it. */
import { useApp } from "../app/context";
import { uploadDigest } from "../graph/uploads";
import "./inputPicture.css";

export function InputPicture({ node, file }: { node: string; file: string }) {
  const app = useApp();
  const digest = uploadDigest(file);
  if (digest === null) return <span className="card-picture-empty">{file}</span>;
  return (
    <>
      <img src={app.api.thumbnailUrl(digest, 512)} alt={`what ${node} loads`} draggable={false} />
      <button
        type="button"
        className="card-mask nodrag"
        onClick={() => {
          app.view.setState({ selection: new Set([node]) });
          app.commands.run("mask.paint", app);
        }}
      >
        Mask
      </button>
    </>
  );
}
