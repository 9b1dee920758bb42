//! Commands through the journal: decided on what is there, again when it has changed.

use std::{collections::HashSet, sync::Arc};

use muniment_domain::{EmailId, Oauth2Session, Oauth2SessionError, UserCommand, UserError};
use muniment_projections::queries::{Direction, EmailFilter, PageRequest, list_emails};
use muniment_store::{
    ExecuteError,
    log::{AppendError, EventLog},
};
use muniment_tests::{TestDatabase, TestLog, add_email, client, each_log, register, within};
use tokio::task::JoinSet;

use crate::support::{assert_sound, version};

each_log!(
    commands_of_32_on_one_account_all_succeed_each_once,
    two_journals_decide_again_after_each_other,
    a_satisfied_command_appends_nothing,
    a_refused_command_appends_nothing,
    an_idempotent_command_that_is_repeated_is_told_the_first_receipt,
    the_metadata_of_the_execution_is_recorded,
    a_long_history_is_read_whole,
);

const LOCK: UserCommand = UserCommand::LockUser { deactivate: false };
const UNLOCK: UserCommand = UserCommand::UnlockUser { reactivate: false };

async fn commands_of_32_on_one_account_all_succeed_each_once(database: TestDatabase) {
    let log = Arc::new(TestLog::open(&database).await);
    let alice = log.register("alice").await;
    let mut writers = JoinSet::new();
    for n in 0..32 {
        let log = log.clone();
        writers.spawn(async move {
            let address = format!("alice+{n}@example.com");
            log.add_email(alice, &address).await.unwrap()
        });
    }
    let added: HashSet<EmailId> = within("adding", writers.join_all())
        .await
        .into_iter()
        .collect();
    assert_eq!(version(&log, alice).await, 33);
    assert_sound(&log.events().await);

    let page = PageRequest {
        after: None,
        before: None,
        direction: Direction::Forward,
        limit: 100,
    };
    let found = list_emails(&log.database, &EmailFilter::default(), page).await;
    let found: HashSet<_> = found.unwrap().items.iter().map(|email| email.id).collect();
    assert_eq!(found, added);
}

async fn two_journals_decide_again_after_each_other(database: TestDatabase) {
    let one = Arc::new(TestLog::open(&database).await);
    let other = Arc::new(TestLog::open(&database).await);
    let alice = one.register("alice").await;
    let mut writers = JoinSet::new();
    for (name, log) in [("one", &one), ("other", &other)] {
        let log = log.clone();
        writers.spawn(async move {
            for n in 0..20 {
                let address = format!("{name}+{n}@example.com");
                log.add_email(alice, &address).await.unwrap();
            }
        });
    }
    within("adding", writers.join_all()).await;
    assert_eq!(version(&one, alice).await, 41);
    assert_eq!(one.count("user_emails").await, 40);
}

async fn a_satisfied_command_appends_nothing(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    assert!(log.execute(alice, UNLOCK).await.unwrap().is_none());
    assert!(log.execute(alice, LOCK).await.unwrap().is_some());
    assert!(log.execute(alice, LOCK).await.unwrap().is_none());
    assert_eq!(log.head().await, 2);
}

async fn a_refused_command_appends_nothing(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let stranger = log.new_user_id();
    let refusal = log.execute(stranger, LOCK).await.unwrap_err();
    assert!(matches!(
        refusal,
        ExecuteError::Refused(UserError::NotFound)
    ));

    let alice = log.register("alice").await;
    let refusal = log.execute(alice, register(alice, "alicia")).await;
    assert!(matches!(
        refusal.unwrap_err(),
        ExecuteError::Refused(UserError::AlreadyRegistered)
    ));
    let known = log.add_email(alice, "alice@example.com").await.unwrap();
    let refusal = log.add_email(alice, "Alice@example.com").await;
    assert!(matches!(
        refusal.unwrap_err(),
        ExecuteError::Refused(UserError::EmailExists { email_id }) if email_id == known
    ));

    let session = log.start_session(client(1), None).await.unwrap();
    let again = muniment_domain::Oauth2SessionCommand::StartOauth2Session {
        session_id: session,
        client_id: client(1),
        user_id: None,
        scope: muniment_domain::Scope::default(),
        grant: muniment_domain::GrantType::Issued,
        browser_session_id: None,
        user_agent: None,
        ip: None,
    };
    let refusal = log
        .journal
        .execute::<Oauth2Session>(session.as_uuid(), again, log.execution())
        .await;
    assert!(matches!(
        refusal.unwrap_err(),
        ExecuteError::Refused(Oauth2SessionError::AlreadyStarted)
    ));
    assert_eq!(log.head().await, 3);
}

async fn an_idempotent_command_that_is_repeated_is_told_the_first_receipt(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let once = |digest: u8| {
        let mut execution = log.execution();
        execution.idempotency = Some(muniment_store::log::IdempotencyKey {
            key: "k".to_owned(),
            digest: [digest; 32],
        });
        execution
    };
    let run = async |name: &str, digest| {
        let user = log.new_user_id();
        log.journal
            .execute::<muniment_domain::User>(user.as_uuid(), register(user, name), once(digest))
            .await
    };
    let first = run("alice", 1).await.unwrap().unwrap();
    let second = run("alice", 1).await.unwrap().unwrap();
    assert!(second.repeated);
    assert_eq!(second.first_position, first.first_position);
    assert!(matches!(
        run("bob", 2).await.unwrap_err(),
        ExecuteError::Append(AppendError::IdempotencyMismatch)
    ));
    assert_eq!(log.count("users").await, 1);
}

async fn the_metadata_of_the_execution_is_recorded(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let user = log.new_user_id();
    let execution = log.execution();
    let metadata = execution.metadata.clone();
    log.journal
        .execute::<muniment_domain::User>(user.as_uuid(), register(user, "alice"), execution)
        .await
        .unwrap();
    let command = UserCommand::LockUser { deactivate: true };
    log.execute(user, command).await.unwrap();

    let events = log.events().await;
    assert_eq!(events[0].metadata().unwrap(), metadata);
    let (locked, deactivated) = (&events[1], &events[2]);
    assert_eq!(locked.metadata, deactivated.metadata);
    assert_ne!(
        locked.metadata().unwrap().correlation_id,
        metadata.correlation_id
    );
}

async fn a_long_history_is_read_whole(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    // The journal reads 500 events at a time.
    let filler = crate::support::locks(&log, alice, 1, 1200).await;
    log.log.append(filler).await.unwrap();
    let email_id = EmailId::from_uuid(log.ids.ulid());
    log.execute(alice, add_email(email_id, "alice@example.com"))
        .await
        .unwrap();
    assert!(log.execute(alice, LOCK).await.unwrap().is_none());
    let remove = UserCommand::RemoveEmail { email_id };
    log.execute(alice, remove).await.unwrap();
    assert_eq!(version(&log, alice).await, 1203);
}
