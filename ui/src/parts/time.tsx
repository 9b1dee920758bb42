import { useEffect, useState } from 'preact/hooks';
import { ago, fullTime } from '../texts';

const TICK = 30_000;

/** How long ago, with the time itself to be looked up; goes on as time does. */
export function Ago({ when }: { when: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={when} title={fullTime(when)}>
      {ago(when, Math.max(now, new Date(when).getTime()))}
    </time>
  );
}
