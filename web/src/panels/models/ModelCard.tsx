/** A model as people know it: a picture that it made, its name, family and size. */
import { useEffect, useState } from "react";
import type { Model } from "../../api/types";
import { useApp } from "../../app/context";
import { ModelIcon } from "../../shell/icons";
import { bytesText, familyText } from "./modelValue";
import "./models.css";

export function ModelCard({ model }: { model: Model }) {
  return (
    <span className="model-card">
      <Thumbnail name={model.name} />
      <span className="model-texts">
        <span className="model-name">{model.name}</span>
        <span className="model-facts">
          {familyText(model)} · {bytesText(model.bytes)}
        </span>
      </span>
    </span>
  );
}

/** The newest picture that was made with the model. */
function Thumbnail({ name }: { name: string }) {
  const app = useApp();
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    app.api.pictures({ model: name }).then(
      ({ pictures }) => current && setUrl(pictures[0]?.thumbnail ?? null),
      () => {},
    );
    return () => {
      current = false;
    };
  }, [app, name]);
  return (
    <span className="model-picture">
      {url === null ? <ModelIcon /> : <img src={url} alt={`made with ${name}`} loading="lazy" />}
    </span>
  );
}
