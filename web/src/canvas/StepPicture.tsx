/** The picture of a step. One that is asked of the server waits until the hand rests; one that is gone says so. */
import { useEffect, useRef, useState } from "react";

const RESTS = 80; // ms
const MOST = 400; // ms from one picture to the next, where the hand does not rest: a run goes on

export function StepPicture({ url, alt, size }: { url: string | null; alt: string; size: number }) {
  const at = useRested(url);
  const [gone, setGone] = useState<string | null>(null);
  if (at === null || at === gone) {
    return (
      <p className="steps-gone" style={{ width: size, height: size }}>
        not kept
      </p>
    );
  }
  return <img src={at} alt={alt} draggable={false} width={size} height={size} onError={() => setGone(at)} />;
}

/** The address that was last asked for a moment ago; the first one at once. */
function useRested(url: string | null): string | null {
  const [rested, setRested] = useState(url);
  const since = useRef(0);
  const isLive = url === null || url.startsWith("blob:");
  useEffect(() => {
    const wait = isLive ? 0 : Math.max(0, Math.min(RESTS, since.current + MOST - performance.now()));
    const timer = setTimeout(() => {
      since.current = performance.now();
      setRested(url);
    }, wait);
    return () => clearTimeout(timer);
  }, [url, isLive]);
  return isLive ? url : rested;
}
