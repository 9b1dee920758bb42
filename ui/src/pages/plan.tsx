import { Redirect } from 'wouter-preact';
import { useMe } from '../account';
import { Title } from '../parts/title';
import { t } from '../texts';

/** The operator's own page about what the account costs. */
export function PlanPage() {
  const { site } = useMe();
  const address = site.planManagementIframeUri;
  if (!address) return <Redirect to="/" replace />;
  return (
    <section class="panel">
      <Title>{t('nav-plan')}</Title>
      <iframe class="plan" src={address} title={t('nav-plan')} />
    </section>
  );
}
