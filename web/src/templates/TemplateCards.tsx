/** The templates as cards: what each makes, and what it is. */
import { useApp } from "../app/context";
import { createFromTemplate } from "../shell/documents";
import { templates } from "./catalogue";
import "./templates.css";

export default function TemplateCards() {
  const app = useApp();
  const open = (name: string): void => {
    createFromTemplate(app, name).catch((error: Error) => app.tell(error.message, "error"));
  };
  return (
    <ul className="templates">
      {templates().map(({ name, title, document, picture }) => (
        <li key={name}>
          <button type="button" data-template={name} onClick={() => open(name)}>
            {picture === null ? (
              <span className="template-blank" />
            ) : (
              <img src={picture} alt="" width="256" height="256" loading="lazy" />
            )}
            <span className="template-title">{title}</span>
            <span className="template-text">{document.description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
