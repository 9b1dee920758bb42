import { useState } from 'preact/hooks';
import { useSearchParams } from 'wouter-preact';
import { useAsk, useChange } from '../ask';
import {
  RecoverPasswordDocument,
  RecoveryDocument,
  ResendRecoveryDocument,
} from '../gql/graphql';
import { Form } from '../parts/dialog';
import { NewPassword, Owner, problemOfNew } from '../parts/field';
import { Failed, Loading } from '../parts/state';
import { Title } from '../parts/title';
import { server } from '../shell';
import { t } from '../texts';

/** Where the link of a recovery mail leads, for whoever is not signed in. */
export function RecoveryPage() {
  const [query] = useSearchParams();
  const ticket = query.get('ticket') ?? '';
  const { data, error, again } = useAsk(RecoveryDocument, { ticket });
  const [score, setScore] = useState<number>();
  const [done, setDone] = useState(false);
  const recover = useChange(RecoverPasswordDocument);
  const resend = useChange(ResendRecoveryDocument);
  if (done) {
    return (
      <section class="panel narrow">
        <Title>{t('password-done-title')}</Title>
        <p class="lead" role="status">
          {t('password-done-text')}
        </p>
        <a class="button button-primary" href={server('/login')}>
          {t('sign-in')}
        </a>
      </section>
    );
  }
  if (!data) return error ? <Failed error={error} again={again} /> : <Loading />;
  const found = data.userRecoveryTicket;
  if (found?.status === 'VALID') {
    const least = data.siteConfig.minimumPasswordComplexity;
    return (
      <section class="panel narrow">
        <Title>{t('recovery-title')}</Title>
        <p class="lead">{t('recovery-for', { name: found.username })}</p>
        <Form
          action={t('password-set-do')}
          submit={async (fields) => {
            const problem = problemOfNew(fields, score, least);
            if (problem) return problem;
            const answer = await recover({ ticket, new: String(fields.get('new')) });
            const { status } = answer.setPasswordByRecovery;
            if (status !== 'ALLOWED') {
              return t(`set-password-${status.toLowerCase().replaceAll('_', '-')}`);
            }
            setDone(true);
            return undefined;
          }}
        >
          <Owner name={found.username} />
          <NewPassword
            least={least}
            known={[found.username, found.email]}
            onScore={setScore}
          />
        </Form>
      </section>
    );
  }
  const why = found?.status.toLowerCase() ?? 'unknown';
  return (
    <section class="panel narrow">
      <Title>{t('recovery-link-title')}</Title>
      <p class="lead">{t(`recovery-link-${why}`)}</p>
      {found?.status === 'EXPIRED' && (
        <Form
          action={t('recovery-resend')}
          submit={async () => {
            const { status, progressUrl } = (await resend({ ticket })).resendRecoveryEmail;
            if (status === 'SENT' && progressUrl) location.assign(progressUrl);
            else return t(status === 'RATE_LIMITED' ? 'code-rate-limited' : 'recovery-link-unknown');
            return undefined;
          }}
        />
      )}
      <div class="actions">
        <a class="button button-secondary" href={server('/recover')}>
          {t('start-over')}
        </a>
        <a class="button button-quiet" href={server('/login')}>
          {t('to-sign-in')}
        </a>
      </div>
    </section>
  );
}
