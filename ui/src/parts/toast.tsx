// Short notes at the foot of the window: that something is done, or has happened; with a way back
// where there is one.

import { useEffect, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { t } from '../texts';

interface Note {
  id: number;
  text: string;
  undo?: (() => void) | undefined;
  to?: string | undefined;
}

const STAYS = 8_000;
const AT_MOST = 2;

let notes: Note[] = [];
let last = 0;
let show: (notes: Note[]) => void = () => undefined;

function change(next: Note[]): void {
  notes = next;
  show(next);
}

/** Says it, for some seconds. */
export function say(text: string, more: Pick<Note, 'undo' | 'to'> = {}): void {
  last += 1;
  const id = last;
  change([...notes, { id, text, ...more }].slice(-AT_MOST));
  setTimeout(() => change(notes.filter((note) => note.id !== id)), STAYS);
}

export function Toasts() {
  const [shown, set] = useState(notes);
  useEffect(() => {
    show = set;
    set(notes);
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, undo, to }) => {
        const close = () => change(notes.filter((note) => note.id !== id));
        return (
          <div key={id} class="toast">
            <p>{text}</p>
            {to && (
              <Link href={to} onClick={close}>
                {t('look')}
              </Link>
            )}
            {undo && (
              <button
                type="button"
                class="link"
                onClick={() => {
                  close();
                  undo();
                }}
              >
                {t('undo')}
              </button>
            )}
            <button type="button" class="link" onClick={close} aria-label={t('close')}>
              ×
            </button>
          </div>
        );
      })}
    </div>
  );
}
