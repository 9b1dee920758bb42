// What a page shows that has nothing to show: not yet, nothing there, or it went wrong.

import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import { unreachable } from '../ask';
import { t } from '../texts';
import { Title } from './title';

/** Room for what is to come, so that nothing jumps when it does. */
export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div class="panel" aria-busy="true">
      <p class="hidden" role="status">
        {t('loading')}
      </p>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="bone" aria-hidden="true" />
      ))}
    </div>
  );
}

export function Failed({ error, again }: { error: unknown; again: () => void }) {
  return (
    <section class="panel">
      <div class="notice notice-problem" role="alert">
        <p class="notice-title">{t('failed-title')}</p>
        <p>{t(unreachable(error) ? 'failed-unreachable' : 'failed-text')}</p>
      </div>
      <button type="button" class="button button-secondary" onClick={again}>
        {t('try-again')}
      </button>
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Missing() {
  return (
    <section class="panel narrow">
      <Title>{t('missing-title')}</Title>
      <p class="lead">{t('missing-text')}</p>
      <Link class="button button-primary" href="/">
        {t('to-profile')}
      </Link>
    </section>
  );
}

/** What went wrong with a change, above its buttons. */
export function Problem({ text }: { text?: string | undefined }) {
  return text ? (
    <p class="notice notice-problem" role="alert">
      {text}
    </p>
  ) : null;
}
