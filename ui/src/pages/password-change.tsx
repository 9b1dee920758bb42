import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { useMe } from '../account';
import { useChange } from '../ask';
import { ChangePasswordDocument } from '../gql/graphql';
import { Form } from '../parts/dialog';
import { NewPassword, Owner, Password, problemOfNew } from '../parts/field';
import { Title } from '../parts/title';
import { t } from '../texts';

export function ChangePasswordPage() {
  const { user, site } = useMe();
  const [path, navigate] = useLocation();
  const [score, setScore] = useState<number>();
  const change = useChange(ChangePasswordDocument);
  if (path.endsWith('/success')) {
    return (
      <section class="panel narrow">
        <Title>{t('password-done-title')}</Title>
        <p class="lead" role="status">
          {t('password-done-text')}
        </p>
        <div class="actions">
          <Link class="button button-primary" href="/sessions">
            {t('password-done-sessions')}
          </Link>
          <Link class="button button-secondary" href="/">
            {t('to-profile')}
          </Link>
        </div>
      </section>
    );
  }
  const least = site.minimumPasswordComplexity;
  const possible = user.hasPassword && site.passwordChangeAllowed && site.passwordLoginEnabled;
  return (
    <section class="panel narrow">
      <Title>{t('password-change-title')}</Title>
      {possible ? (
        <Form
          action={t('password-change')}
          cancel={() => navigate('/')}
          submit={async (fields) => {
            const problem = problemOfNew(fields, score, least);
            if (problem) return problem;
            const { status } = (
              await change({
                userId: user.id,
                current: String(fields.get('current')),
                new: String(fields.get('new')),
              })
            ).setPassword;
            if (status !== 'ALLOWED') {
              return t(`set-password-${status.toLowerCase().replaceAll('_', '-')}`);
            }
            navigate('/password/change/success');
            return undefined;
          }}
        >
          <Owner name={user.username} />
          <Password
            label={t('password-current')}
            name="current"
            autocomplete="current-password"
          />
          <NewPassword
            least={least}
            known={[user.username, site.serverName]}
            onScore={setScore}
          />
        </Form>
      ) : (
        <>
          <p class="lead">
            {t(user.hasPassword ? 'set-password-password-changes-disabled' : 'password-none')}
          </p>
          <Link class="button button-primary" href="/">
            {t('to-profile')}
          </Link>
        </>
      )}
    </section>
  );
}
