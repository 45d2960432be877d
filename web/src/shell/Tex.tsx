/** A formula, set by KaTeX with its own fonts; loaded when the first help is opened. Styles go through the CSSOM. */
import katex from "katex";
import { useEffect, useRef } from "react";
import "katex/dist/katex.css";

export default function Tex({ tex }: { tex: string }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element.current) katex.render(tex, element.current, { displayMode: true, throwOnError: false });
  }, [tex]);
  return <div ref={element} className="help-formula" data-testid="formula" />;
}
