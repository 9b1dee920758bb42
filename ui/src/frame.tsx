// Around every page: the same head and foot as on the pages that the server makes.

import type { ComponentChildren } from 'preact';
import { Toasts } from './parts/toast';
import { brand, server } from './shell';
import { t } from './texts';

interface Props {
  navigation?: ComponentChildren;
  children: ComponentChildren;
}

export function Frame({ navigation, children }: Props) {
  return (
    <div class="frame">
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      <header class="site-header bar">
        <a class="brand" href={server('/')}>
          {brand.logo ? (
            <img class="logo" src={brand.logo} alt="" />
          ) : (
            <span class="mark" aria-hidden="true">
              {brand.initial}
            </span>
          )}
          <span class="brand-name">{brand.name}</span>
        </a>
        {navigation}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="site-footer">
        {(brand.policy || brand.terms) && (
          <ul>
            {brand.policy && (
              <li>
                <a href={brand.policy}>{t('footer-policy')}</a>
              </li>
            )}
            {brand.terms && (
              <li>
                <a href={brand.terms}>{t('footer-terms')}</a>
              </li>
            )}
          </ul>
        )}
        {brand.imprint && <p>{brand.imprint}</p>}
      </footer>
      <Toasts />
    </div>
  );
}
