import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { useMe } from '../account';
import { useAsk, useChange } from '../ask';
import { AddEmailDocument, EmailsDocument, RemoveEmailDocument } from '../gql/graphql';
import { Dialog, Form } from '../parts/dialog';
import { Field, Owner, Password } from '../parts/field';
import { useReturn } from '../parts/focus';
import { Empty, Failed, Loading } from '../parts/state';
import { say } from '../parts/toast';
import { fullDate, language, t } from '../texts';

const PAGE = 20;

/** The email addresses of the account, as a part of the profile. */
export function Emails() {
  const me = useMe();
  const [last, setLast] = useState(PAGE);
  const [adding, add] = useState(false);
  const opener = useReturn(adding);
  const [leaving, remove] = useState<{ id: string; email: string }>();
  const { data, error, again } = useAsk(EmailsDocument, { last });
  const emails = data?.viewer.__typename === 'User' ? data.viewer.emails : undefined;
  if (!emails) return error ? <Failed error={error} again={again} /> : <Loading rows={2} />;
  const changes = me.site.emailChangeAllowed;
  return (
    <section class="panel">
      <h2>{t('emails-title')}</h2>
      {emails.totalCount === 0 && <Empty title={t('emails-none')}>{t('emails-why')}</Empty>}
      <ul class="rows">
        {emails.nodes.map(({ id, email, createdAt }) => (
          <li key={id} class="row">
            <div>
              <p class="row-title address">{email}</p>
              <p class="aside">{t('email-since', { date: fullDate(createdAt) })}</p>
            </div>
            {changes && emails.totalCount > 1 && (
              <button
                type="button"
                class="button button-secondary"
                aria-label={t('email-remove-label', { email })}
                onClick={() => remove({ id, email })}
              >
                {t('remove')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {emails.totalCount > emails.nodes.length && (
        <button type="button" class="button button-quiet" onClick={() => setLast(last + PAGE)}>
          {t('more')}
        </button>
      )}
      {changes && !adding && (
        <button
          ref={opener}
          type="button"
          class="button button-secondary"
          onClick={() => add(true)}
        >
          {t('email-add')}
        </button>
      )}
      {adding && <Adding close={() => add(false)} />}
      {leaving && <Removing email={leaving} close={() => remove(undefined)} />}
    </section>
  );
}

function Adding({ close }: { close: () => void }) {
  const me = useMe();
  const start = useChange(AddEmailDocument);
  const [, navigate] = useLocation();
  return (
    <Form
      action={t('email-send')}
      opened
      cancel={close}
      submit={async (fields) => {
        const email = String(fields.get('email')).trim();
        const password = fields.get('password') as string | null;
        const { startEmailAuthentication: answer } = await start({ email, password, language });
        if (answer.status === 'STARTED' && answer.authentication) {
          navigate(`/emails/${answer.authentication.id}/verify`);
          return undefined;
        }
        if (answer.status === 'DENIED' && answer.violations?.length) {
          return answer.violations.join(' ');
        }
        return t(`email-${answer.status.toLowerCase().replaceAll('_', '-')}`);
      }}
    >
      <Field label={t('email-label')} name="email" type="email" autocomplete="email" required />
      {me.asksForPassword && (
        <>
          <Owner name={me.user.username} />
          <Password label={t('password-label')} name="password" autocomplete="current-password" />
        </>
      )}
    </Form>
  );
}

function Removing({ email, close }: { email: { id: string; email: string }; close: () => void }) {
  const me = useMe();
  const remove = useChange(RemoveEmailDocument);
  const start = useChange(AddEmailDocument);
  const [, navigate] = useLocation();
  /** Whoever wants it back shows once more that it is theirs. */
  const again = async (password: string | null) => {
    const answer = await start({ email: email.email, password, language });
    const { authentication } = answer.startEmailAuthentication;
    if (!authentication) return t('undo-failed');
    navigate(`/emails/${authentication.id}/verify`);
    return undefined;
  };
  return (
    <Dialog title={t('email-remove-title')} close={close}>
      <p>{t('email-remove-text', { email: email.email })}</p>
      <Form
        action={t('remove')}
        grave
        cancel={close}
        submit={async (fields) => {
          const password = fields.get('password') as string | null;
          const answer = await remove({ id: email.id, password });
          if (answer.removeEmail.status === 'INCORRECT_PASSWORD') return t('password-wrong');
          close();
          say(t('email-removed', { email: email.email }), { undo: () => again(password) });
          return undefined;
        }}
      >
        {me.asksForPassword && (
          <>
            <Owner name={me.user.username} />
            <Password label={t('password-label')} name="password" autocomplete="current-password" />
          </>
        )}
      </Form>
    </Dialog>
  );
}
