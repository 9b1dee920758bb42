import { Link, Redirect } from 'wouter-preact';
import { useMe } from '../account';
import { useAsk } from '../ask';
import { DeviceDocument } from '../gql/graphql';
import { Failed, Loading } from '../parts/state';
import { Title } from '../parts/title';
import { t } from '../texts';

/** From a device of the homeserver to the session that it belongs to. */
export function DevicePage({ params }: { params: { id: string } }) {
  const { user } = useMe();
  const { data, error, again } = useAsk(DeviceDocument, { userId: user.id, deviceId: params.id });
  if (!data) return error ? <Failed error={error} again={again} /> : <Loading />;
  if (data.session) return <Redirect to={`/sessions/${data.session.id}`} replace />;
  return (
    <section class="panel narrow">
      <Title>{t('device-missing-title')}</Title>
      <p class="lead">{t('device-missing-text', { device: params.id })}</p>
      <Link class="button button-primary" href="/sessions">
        {t('to-sessions')}
      </Link>
    </section>
  );
}
