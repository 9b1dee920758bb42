// Short notes at the foot of the window: that something is done, or has happened; with a way back
// where there is one.

import { useEffect, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { t } from '../texts';

interface Note {
  id: number;
  text: string;
  /** Takes it back; a text says what came of that. */
  undo?: (() => Promise<string | undefined>) | undefined;
  to?: string | undefined;
}

const STAYS = 8_000;
/** Where something can be taken back. */
const STAYS_LONGER = 20_000;
const AT_MOST = 2;

let notes: Note[] = [];
let last = 0;
let held = false;
let show: (notes: Note[]) => void = () => undefined;

function change(next: Note[]): void {
  notes = next;
  show(next);
}

function drop(id: number): void {
  held = false;
  change(notes.filter((note) => note.id !== id));
}

/** Not while somebody is at it. */
function dropAfter(time: number, id: number): void {
  setTimeout(() => (held ? dropAfter(time, id) : drop(id)), time);
}

/** Says it, for some seconds. */
export function say(text: string, more: Pick<Note, 'undo' | 'to'> = {}): void {
  last += 1;
  const id = last;
  change([...notes, { id, text, ...more }].slice(-AT_MOST));
  dropAfter(more.undo ? STAYS_LONGER : STAYS, id);
}

async function takeBack({ id, undo }: Note): Promise<void> {
  drop(id);
  const text = await undo?.().catch(() => t('undo-failed'));
  if (text) say(text);
}

const hold = (value: boolean) => () => {
  held = value;
};

export function Toasts() {
  const [shown, set] = useState(notes);
  useEffect(() => {
    show = set;
    set(notes);
  }, []);
  return (
    <div
      class="toasts"
      role="status"
      aria-live="polite"
      onMouseEnter={hold(true)}
      onMouseLeave={hold(false)}
      onFocusIn={hold(true)}
      onFocusOut={hold(false)}
    >
      {shown.map((note) => (
        <div key={note.id} class="toast">
          <p>{note.text}</p>
          {note.to && (
            <Link href={note.to} onClick={() => drop(note.id)}>
              {t('look')}
            </Link>
          )}
          {note.undo && (
            <button type="button" class="link" onClick={() => void takeBack(note)}>
              {t('undo')}
            </button>
          )}
          <button
            type="button"
            class="link toast-close"
            onClick={() => drop(note.id)}
            aria-label={t('close')}
          >
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
