/** A mark on a card: its sign at the corner, a changed value in its row, and below what has no row. */
import { labelOf } from "../widgets/Field";
import { type Mark, type MarkedValue, markText, SIGNS } from "./marks";
import "./marks.css";

/** Letters of a value before and after that stand beside its label. */
const LONG = 28;

export function MarkSign({ mark }: { mark: Mark }) {
  return (
    <span className="mark-sign" data-sign={mark.sign} title={markText(mark)}>
      <span aria-hidden="true">{SIGNS[mark.sign]}</span>
      <span className="hidden-text">{mark.sign}</span>
      {mark.inside > 0 && <span className="mark-inside">{mark.inside} inside</span>}
    </span>
  );
}

/** In the place of a widget: the value as it was, and as it is. */
export function ChangedField({ value }: { value: MarkedValue }) {
  return (
    <p
      className="mark-field"
      data-long={value.before.length + value.after.length > LONG}
      title={`${value.before} → ${value.after}`}
    >
      <span className="mark-label">
        <span aria-hidden="true">{SIGNS.changed} </span>
        {labelOf(value.name)}
      </span>
      <span className="mark-values">
        <Values value={value} />
      </span>
    </p>
  );
}

/** What the card has no row for. */
export function MarkLines({ values }: { values: readonly MarkedValue[] }) {
  if (values.length === 0) return null;
  return (
    <ul className="mark-lines">
      {values.map((value) => (
        <li key={value.name} title={`${value.before} → ${value.after}`}>
          <span className="mark-label">{labelOf(value.name)} </span>
          <Values value={value} />
        </li>
      ))}
    </ul>
  );
}

function Values({ value }: { value: MarkedValue }) {
  return (
    <>
      <del>{value.before}</del>
      <span aria-hidden="true"> → </span>
      <ins>{value.after}</ins>
    </>
  );
}
