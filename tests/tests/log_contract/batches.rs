//! Commands to several aggregates at once: all of them happen, or none.

use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSession, BrowserSessionCommand,
    BrowserSessionId, EmailId, Invitee, PasswordId, RegistrationToken, RegistrationTokenCommand,
    RegistrationTokenId, User, UserId,
};
use muniment_store::{Batch, ExecuteError, log::AppendError};
use muniment_tests::{TestDatabase, TestLog, add_email, each_log, register, within};
use tokio::task::JoinSet;

use crate::support::assert_sound;

each_log!(
    a_registration_is_one_append,
    a_refusal_of_one_is_a_refusal_of_all,
    a_taken_value_stops_the_whole_batch,
    an_invitation_for_one_is_used_once_by_many_at_once,
);

#[derive(Debug)]
struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

macro_rules! refused_by {
    ($($error:ty),*) => {$(
        impl From<$error> for Refused {
            fn from(error: $error) -> Self {
                Self(error.code().to_owned())
            }
        }
    )*};
}

refused_by!(
    muniment_domain::UserError,
    muniment_domain::BrowserSessionError,
    muniment_domain::RegistrationTokenError
);

struct Newcomer {
    user: UserId,
    session: BrowserSessionId,
}

fn newcomer(log: &TestLog) -> Newcomer {
    Newcomer {
        user: log.new_user_id(),
        session: BrowserSessionId::from_uuid(log.ids.ulid()),
    }
}

/// Registers with an address and signs in.
fn registration(log: &TestLog, new: &Newcomer, name: &str) -> Batch<Refused> {
    let email_id = EmailId::from_uuid(log.ids.ulid());
    Batch::new()
        .then_all::<User>(
            new.user.as_uuid(),
            vec![
                register(new.user, name),
                add_email(email_id, &format!("{name}@example.com")),
            ],
        )
        .then_all::<BrowserSession>(
            new.session.as_uuid(),
            vec![
                BrowserSessionCommand::StartBrowserSession {
                    session_id: new.session,
                    user_id: new.user,
                    user_agent: Some("a browser".to_owned()),
                    ip: None,
                },
                BrowserSessionCommand::Authenticate {
                    authentication_id: AuthenticationId::from_uuid(log.ids.ulid()),
                    method: AuthenticationMethod::Password {
                        password_id: PasswordId::default(),
                    },
                },
            ],
        )
}

async fn a_registration_is_one_append(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let new = newcomer(&log);
    let batch = registration(&log, &new, "alice");
    let receipt = log.journal.execute_all(&batch, log.execution()).await;
    let receipt = receipt.unwrap().unwrap();
    assert_eq!((receipt.first_position, receipt.last_position), (1, 4));
    let events = log.events().await;
    let types: Vec<&str> = events.iter().map(|e| e.event_type.as_str()).collect();
    assert_eq!(
        types,
        [
            "user.registered",
            "user.email_added",
            "browser_session.started",
            "browser_session.authenticated",
        ]
    );
    assert!(!events[2].payload.contains("a browser"));
    assert_sound(&events);
}

async fn a_refusal_of_one_is_a_refusal_of_all(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let new = newcomer(&log);
    let token = RegistrationTokenId::from_uuid(log.ids.ulid());
    let batch = registration(&log, &new, "alice").then::<RegistrationToken>(
        token.as_uuid(),
        RegistrationTokenCommand::UseRegistrationToken {
            user_id: new.user,
            invitee: Invitee::default(),
            now: 0,
        },
    );
    let refused = log.journal.execute_all(&batch, log.execution()).await;
    assert!(matches!(
        refused.unwrap_err(),
        ExecuteError::Refused(Refused(code)) if code == "registration_token.not_found"
    ));
    assert_eq!(log.head().await, 0);
}

async fn a_taken_value_stops_the_whole_batch(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let bob = log.register("bob").await;
    log.add_email(bob, "alice@example.com").await.unwrap();
    let batch = registration(&log, &newcomer(&log), "alice");
    let refused = log.journal.execute_all(&batch, log.execution()).await;
    assert!(matches!(
        refused.unwrap_err(),
        ExecuteError::Append(AppendError::ClaimTaken { .. })
    ));
    assert_eq!(log.head().await, 2);
}

async fn an_invitation_for_one_is_used_once_by_many_at_once(database: TestDatabase) {
    let log = std::sync::Arc::new(TestLog::open(&database).await);
    let token = RegistrationTokenId::from_uuid(log.ids.ulid());
    let create = RegistrationTokenCommand::CreateRegistrationToken {
        token_id: token,
        usage_limit: Some(1),
        expires_at: None,
        invitee: Invitee::default(),
    };
    log.journal
        .execute::<RegistrationToken>(token.as_uuid(), create, log.execution())
        .await
        .unwrap();
    let mut guests = JoinSet::new();
    for n in 0..8 {
        let log = log.clone();
        guests.spawn(async move {
            let new = newcomer(&log);
            let batch = registration(&log, &new, &format!("guest{n}")).then::<RegistrationToken>(
                token.as_uuid(),
                RegistrationTokenCommand::UseRegistrationToken {
                    user_id: new.user,
                    invitee: Invitee::default(),
                    now: 0,
                },
            );
            log.journal.execute_all(&batch, log.execution()).await
        });
    }
    let answers = within("registering", guests.join_all()).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(log.count("users").await, 1);
    assert_eq!(log.head().await, 6);
}
