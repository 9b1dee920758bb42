import { useState } from 'preact/hooks';
import { Link, Redirect, useLocation } from 'wouter-preact';
import { useAsk, useChange } from '../ask';
import { EmailCodeDocument, ResendCodeDocument, VerifyEmailDocument } from '../gql/graphql';
import { Form } from '../parts/dialog';
import { Field } from '../parts/field';
import { Failed, Loading, Missing, Problem } from '../parts/state';
import { Title } from '../parts/title';
import { say } from '../parts/toast';
import { language, t } from '../texts';

/** The code that was mailed to a new address. */
export function EmailPage({ params }: { params: { id: string } }) {
  const { id } = params;
  const [path, navigate] = useLocation();
  const { data, error, again } = useAsk(EmailCodeDocument, { id });
  const verify = useChange(VerifyEmailDocument);
  const resend = useChange(ResendCodeDocument);
  const [sent, setSent] = useState<string>();
  if (!data) return error ? <Failed error={error} again={again} /> : <Loading />;
  const found = data.userEmailAuthentication;
  if (!found) return <Missing />;
  if (path.endsWith('/in-use')) {
    return (
      <section class="panel narrow">
        <Title>{t('email-in-use-title')}</Title>
        <p class="lead">{t('email-in-use-text', { email: found.email })}</p>
        <Link class="button button-primary" href="/">
          {t('to-profile')}
        </Link>
      </section>
    );
  }
  if (found.completedAt) return <Redirect to="/" replace />;
  return (
    <section class="panel narrow">
      <Title>{t('code-title')}</Title>
      <p class="lead">{t('code-text', { email: found.email })}</p>
      <Form
        action={t('continue')}
        cancel={() => navigate('/')}
        submit={async (fields) => {
          const code = String(fields.get('code')).replace(/\s/g, '');
          const { status } = (await verify({ id, code })).completeEmailAuthentication;
          if (status === 'COMPLETED') {
            say(t('email-added', { email: found.email }));
            navigate('/');
            return undefined;
          }
          if (status === 'IN_USE') {
            navigate(`/emails/${id}/in-use`);
            return undefined;
          }
          return t(`code-${status.toLowerCase().replaceAll('_', '-')}`);
        }}
      >
        <Field
          label={t('code-label')}
          name="code"
          inputMode="numeric"
          autocomplete="one-time-code"
          required
        />
      </Form>
      <Problem text={sent} />
      <button
        type="button"
        class="button button-quiet"
        onClick={async () => {
          setSent(undefined);
          try {
            const { status } = (await resend({ id, language })).resendEmailAuthenticationCode;
            if (status === 'RESENT') say(t('code-resent'));
            else if (status === 'COMPLETED') navigate('/');
            else setSent(t('code-rate-limited'));
          } catch {
            setSent(t('failed-text'));
          }
        }}
      >
        {t('code-resend')}
      </button>
    </section>
  );
}
