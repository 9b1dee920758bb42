import { Redirect } from 'wouter-preact';
import { useMe } from '../account';
import { t } from '../texts';

/** The operator's own page about what the account costs. */
export function PlanPage() {
  const { site } = useMe();
  const address = site.planManagementIframeUri;
  if (!address) return <Redirect to="/" replace />;
  return (
    <section class="panel">
      <h1>{t('nav-plan')}</h1>
      <iframe class="plan" src={address} title={t('nav-plan')} />
    </section>
  );
}
