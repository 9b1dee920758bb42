import { useEffect } from 'preact/hooks';
import { brand } from '../shell';

/** What the page is about: its heading, and the name of its window. */
export function Title({ children }: { children: string }) {
  useEffect(() => {
    document.title = `${children} · ${brand.name}`;
  }, [children]);
  return <h1>{children}</h1>;
}
