import { useLocation } from 'wouter-preact';
import { useMe } from '../account';
import { useChange } from '../ask';
import {
  EndSessionsDocument,
  type HistoryRowFragment,
  type SessionLinkFragment,
} from '../gql/graphql';
import { Dialog, Form } from '../parts/dialog';
import { say } from '../parts/toast';
import { fullTime, t } from '../texts';

/** Ends what somebody else may be in, and leads on to a new password. */
export function NotMe({ event, close }: { event: HistoryRowFragment; close: () => void }) {
  const me = useMe();
  const [, navigate] = useLocation();
  const end = useChange(EndSessionsDocument);
  const over = (session: SessionLinkFragment) =>
    session.__typename === 'PersonalSession' ? session.revokedAt : session.finishedAt;
  const sessions = [event.target, event.session].filter(
    (session): session is SessionLinkFragment =>
      session !== null && session !== undefined && !over(session) && session.id !== me.session,
  );
  const ids = [...new Set(sessions.map((session) => session.id))];
  const canChange = me.user.hasPassword && me.site.passwordChangeAllowed;
  return (
    <Dialog title={t('not-me-title')} close={close}>
      <p>
        {event.title}, {fullTime(event.createdAt)}
      </p>
      <ol class="reasons">
        <li>{t(ids.length > 0 ? 'not-me-ends' : 'not-me-no-session')}</li>
        <li>{t(canChange ? 'not-me-password' : 'not-me-no-password')}</li>
        <li>{t('not-me-look')}</li>
      </ol>
      <Form
        action={t(ids.length > 0 ? 'not-me-do' : 'continue')}
        grave={ids.length > 0}
        cancel={close}
        submit={async () => {
          if (ids.length > 0) {
            await end({ ids });
            say(t('ended', { count: ids.length }));
          }
          close();
          navigate(canChange ? '/password/change' : '/sessions');
        }}
      />
    </Dialog>
  );
}
