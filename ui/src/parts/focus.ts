// Where the keyboard and screen readers go on after something has changed.

import { useEffect, useRef } from 'preact/hooks';

const main = () => document.getElementById('main');

/** Another page begins at its top, and is read from its beginning. */
export function beginAtTop(): void {
  window.scrollTo(0, 0);
  main()?.focus({ preventScroll: true });
}

/** Calls for the page when it becomes another one. */
export function useArrival(page: string, there = true): void {
  const shown = useRef(page);
  useEffect(() => {
    if (!there || shown.current === page) return;
    shown.current = page;
    beginAtTop();
  }, [page, there]);
}

/** Goes on with the button that opened something, once that is closed; the button's `ref`. */
export function useReturn(open: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef(open);
  useEffect(() => {
    if (before.current && !open) button.current?.focus();
    before.current = open;
  }, [open]);
  return button;
}

/** What had the focus may go, with the row that it was in: then it goes on with the page. */
export function useFocusKept(): void {
  useEffect(() => {
    let last: EventTarget | null = null;
    const note = (event: FocusEvent) => {
      last = event.target;
    };
    const observer = new MutationObserver(() => {
      if (!(last instanceof Element) || last.isConnected) return;
      last = null;
      if (document.activeElement === document.body) main()?.focus({ preventScroll: true });
    });
    document.addEventListener('focusin', note);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', note);
      observer.disconnect();
    };
  }, []);
}
