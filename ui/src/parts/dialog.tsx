// A question above the page: the browser's own dialog, which keeps the focus and closes by Escape.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { unreachable } from '../ask';
import { t } from '../texts';
import { Problem } from './state';

interface DialogProps {
  title: string;
  close: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="dialog-body">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface FormProps {
  /** What the button says that does it. */
  action: string;
  /** Whether it takes something away. */
  grave?: boolean;
  /** Whether it is not what the page is for. */
  minor?: boolean;
  /** Whether it has just come up: then its first field has the focus. */
  opened?: boolean;
  cancel?: (() => void) | undefined;
  /** Does it; a text says why it could not be done. */
  submit: (fields: FormData) => Promise<string | undefined | void>;
  children?: ComponentChildren;
}

/** A form that is sent by a script: once at a time, and it says what went wrong. */
export function Form({ action, grave, minor, opened, cancel, submit, children }: FormProps) {
  const kind = grave ? 'button-grave' : minor ? 'button-secondary' : 'button-primary';
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (opened) form.current?.querySelector('input')?.focus();
  }, [opened]);
  return (
    <form
      ref={form}
      onSubmit={async (event) => {
        event.preventDefault();
        if (busy) return;
        const fields = new FormData(event.currentTarget);
        setBusy(true);
        setProblem(undefined);
        try {
          setProblem((await submit(fields)) ?? undefined);
        } catch (error) {
          setProblem(t(unreachable(error) ? 'failed-unreachable' : 'failed-text'));
        } finally {
          setBusy(false);
        }
      }}
    >
      {children}
      <Problem text={problem} />
      <div class="actions">
        <button type="submit" class={`button ${kind}`} aria-disabled={busy}>
          {busy ? t('working') : action}
        </button>
        {cancel && (
          <button type="button" class="button button-secondary" onClick={cancel}>
            {t('cancel')}
          </button>
        )}
      </div>
    </form>
  );
}
