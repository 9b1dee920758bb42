import { Link, useLocation } from 'wouter-preact';
import { useMe } from '../account';
import { useChange } from '../ask';
import { AllowCrossSigningResetDocument } from '../gql/graphql';
import { Form } from '../parts/dialog';
import { Title } from '../parts/title';
import { t } from '../texts';

/** Applications that open this page in a window of theirs wait for one of these. */
function tellTheApplication(): void {
  const { onAuthDone } = window as { onAuthDone?: () => void };
  if (onAuthDone) onAuthDone();
  else (window.opener as Window | null)?.postMessage('authDone', '*');
}

export function CrossSigningPage({ params }: { params: { outcome?: string } }) {
  const { user } = useMe();
  const [, navigate] = useLocation();
  const allow = useChange(AllowCrossSigningResetDocument);
  if (params.outcome === 'success' || params.outcome === 'cancelled') {
    return (
      <section class="panel narrow">
        <Title>{t(`cross-signing-${params.outcome}-title`)}</Title>
        <p class="lead" role="status">
          {t(`cross-signing-${params.outcome}-text`)}
        </p>
        <Link class="button button-secondary" href="/">
          {t('to-profile')}
        </Link>
      </section>
    );
  }
  return (
    <section class="panel narrow">
      <Title>{t('cross-signing-title')}</Title>
      <p class="lead">{t('cross-signing-text')}</p>
      <ul class="reasons">
        <li>{t('cross-signing-keeps')}</li>
        <li>{t('cross-signing-loses')}</li>
        <li>{t('cross-signing-verify')}</li>
      </ul>
      <p class="notice">{t('cross-signing-only')}</p>
      <Form
        action={t('cross-signing-do')}
        grave
        cancel={() => navigate('/reset-cross-signing/cancelled')}
        submit={async () => {
          await allow({ userId: user.id });
          navigate('/reset-cross-signing/success');
          tellTheApplication();
        }}
      />
    </section>
  );
}
