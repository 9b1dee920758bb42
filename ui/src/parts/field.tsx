// Fields of forms.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../texts';

type InputProps = Omit<JSX.IntrinsicElements['input'], 'id' | 'ref' | 'label'>;

interface FieldProps extends InputProps {
  label: string;
  name: string;
  hint?: string | undefined;
}

export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...input} />
    </div>
  );
}

export function Check({ label, ...input }: Omit<FieldProps, 'hint'>) {
  const id = useId();
  return (
    <div class="check">
      <input id={id} type="checkbox" {...input} />
      <label for={id}>{label}</label>
    </div>
  );
}

export function Choice({
  label,
  name,
  value,
  onPick,
  children,
}: {
  label: string;
  name: string;
  value?: string;
  onPick?: (value: string) => void;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={value}
        onChange={(event) => onPick?.(event.currentTarget.value)}
      >
        {children}
      </select>
    </div>
  );
}

interface PasswordProps {
  label: string;
  name: string;
  autocomplete: 'current-password' | 'new-password';
  hint?: string;
  onText?: (text: string) => void;
}

/** A password, which can be looked at. */
export function Password({ label, hint, onText, ...input }: PasswordProps) {
  const [visible, setVisible] = useState(false);
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div class="with-button">
        <input
          id={id}
          type={visible ? 'text' : 'password'}
          aria-describedby={hint ? `${id}-hint` : undefined}
          autocapitalize="none"
          autocorrect="off"
          spellcheck={false}
          required
          onInput={(event) => onText?.(event.currentTarget.value)}
          {...input}
        />
        <button
          type="button"
          class="link"
          aria-pressed={visible}
          aria-label={t('show-password')}
          onClick={() => setVisible(!visible)}
        >
          {t(visible ? 'hide' : 'show')}
        </button>
      </div>
    </div>
  );
}

/** For password managers: whose password it is. */
export const Owner = ({ name }: { name: string }) => (
  <input type="text" name="username" value={name} autocomplete="username" readOnly hidden />
);

interface NewPasswordProps {
  /** The least that the server takes, 0 to 4. */
  least: number;
  /** Words that a guesser would try first. */
  known: string[];
  onScore: (score: number | undefined) => void;
}

/** A new password, twice, with a guess at how hard it is to guess. The server has the last word. */
export function NewPassword({ least, known, onScore }: NewPasswordProps) {
  const [text, setText] = useState('');
  const [score, setScore] = useState<number>();
  const words = useRef(known);
  useEffect(() => {
    let current = true;
    const judge = async () => {
      // Only here, as it is larger than all the rest.
      const { strength } = await import('../strength');
      if (current) setScore(text === '' ? undefined : strength(text, words.current));
    };
    const timer = setTimeout(() => void judge().catch(() => setScore(undefined)), 150);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text]);
  useEffect(() => onScore(score), [score, onScore]);
  return (
    <>
      <Password
        label={t('password-new')}
        name="new"
        autocomplete="new-password"
        hint={t('password-hint')}
        onText={setText}
      />
      <div class="strength">
        <meter
          min={0}
          max={5}
          low={least + 1}
          high={4}
          optimum={5}
          value={score === undefined ? 0 : score + 1}
          aria-label={t('strength-label')}
        />
        <p class="field-hint" role="status">
          {score === undefined ? t('strength-none') : t(`strength-${score}`)}
        </p>
      </div>
      <Password label={t('password-again')} name="again" autocomplete="new-password" />
    </>
  );
}

/** What is wrong with a new password, before the server is asked. */
export function problemOfNew(
  fields: FormData,
  score: number | undefined,
  least: number,
): string | undefined {
  if (fields.get('new') !== fields.get('again')) return t('password-differs');
  if (score !== undefined && score < least) return t('password-too-weak');
  return undefined;
}
