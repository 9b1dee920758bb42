//! Random histories: whatever happened, the rows are what the events say, and a rebuild gives them
//! again.

use std::collections::{BTreeMap, BTreeSet};

use muniment_domain::{
    ClaimKind, EmailId, Oauth2Session, Oauth2SessionCommand, User, UserCommand, UserId,
};
use muniment_projections::queries::{EmailFilter, UserFilter, list_emails, list_users};
use muniment_store::{ExecuteError, log::AppendError};
use muniment_tests::{TestDatabase, TestLog, add_email, client, each_backend, register};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::support::{assert_up_to_date, first, rebuild, rows};

each_backend!(a_rebuild_gives_the_rows_of_any_history);

const CASES: u32 = 16;
const LENGTH: usize = 24;
const USERS: usize = 3;

/// One thing that somebody tries to do, valid or not.
#[derive(Debug, Clone)]
enum Attempt {
    Register {
        name: usize,
    },
    AddEmail {
        address: usize,
        shared: bool,
    },
    /// The n-th of all addresses ever added, by anyone.
    RemoveEmail {
        nth: usize,
    },
    SetPassword,
    StartSession {
        client: u128,
    },
    Other(UserCommand),
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let other = prop_oneof![
        any::<bool>().prop_map(|deactivate| UserCommand::LockUser { deactivate }),
        any::<bool>().prop_map(|reactivate| UserCommand::UnlockUser { reactivate }),
        any::<bool>().prop_map(|erase| UserCommand::DeactivateUser { erase }),
        Just(UserCommand::ReactivateUser),
        Just(UserCommand::GrantAdmin),
        Just(UserCommand::RevokeAdmin),
    ];
    prop_oneof![
        2 => (0..USERS).prop_map(|name| Attempt::Register { name }),
        3 => (0..4usize, any::<bool>())
            .prop_map(|(address, shared)| Attempt::AddEmail { address, shared }),
        2 => (0..6usize).prop_map(|nth| Attempt::RemoveEmail { nth }),
        1 => Just(Attempt::SetPassword),
        1 => (1..3u128).prop_map(|client| Attempt::StartSession { client }),
        6 => other.prop_map(Attempt::Other),
    ]
}

/// Each account is registered early, so that most of what follows is valid.
fn history() -> impl Strategy<Value = Vec<(usize, Attempt)>> {
    let first = (0..USERS).map(|user| (user, Attempt::Register { name: user }));
    let first: Vec<_> = first.collect();
    vec((0..USERS, attempt()), LENGTH).prop_map(move |mut rest| {
        for (n, registration) in first.iter().enumerate() {
            rest.insert(n * 3, registration.clone());
        }
        rest
    })
}

async fn a_rebuild_gives_the_rows_of_any_history(database: TestDatabase) {
    let backend = database.backend();
    let runtime = tokio::runtime::Handle::current();
    let check = move |history: Vec<(usize, Attempt)>| {
        runtime.block_on(async {
            let database = TestDatabase::new(backend).await;
            let log = TestLog::open(&database).await;
            check(&log, history).await;
            log.close().await;
        });
        Ok(())
    };
    tokio::task::block_in_place(|| {
        let config = Config {
            cases: CASES,
            failure_persistence: None,
            max_shrink_iters: 100,
            ..Config::default()
        };
        let result = TestRunner::new(config).run(&history(), check);
        if let Err(error) = result {
            panic!("{error}");
        }
    });
}

async fn check(log: &TestLog, history: Vec<(usize, Attempt)>) {
    let users: Vec<UserId> = (0..USERS).map(|_| log.new_user_id()).collect();
    let mut model = Model::default();
    for (n, attempt) in history {
        log.clock.step(1_000);
        run(log, users[n], attempt, &mut model).await;
    }
    model.assert_matches(log).await;
    let live = rows(log).await;
    assert_up_to_date(log).await;
    rebuild(log).await;
    assert_eq!(rows(log).await, live);
    assert_up_to_date(log).await;
}

/// What must be in the read models, by what was accepted.
#[derive(Debug, Default)]
struct Model {
    users: BTreeMap<UserId, String>,
    /// In the order in which they were added; removed ones keep their place.
    emails: Vec<(EmailId, UserId, bool)>,
    sessions: i64,
    deactivated: BTreeSet<UserId>,
}

impl Model {
    async fn assert_matches(&self, log: &TestLog) {
        let (all_users, all_emails) = (UserFilter::default(), EmailFilter::default());
        let users = list_users(&log.database, &all_users, first(100)).await;
        let users = users.unwrap().items.into_iter();
        let users: BTreeMap<_, _> = users.map(|user| (user.id, user.username)).collect();
        assert_eq!(users, self.users);

        let emails = list_emails(&log.database, &all_emails, first(100)).await;
        let emails = emails.unwrap().items.into_iter();
        let emails: BTreeSet<_> = emails.map(|email| (email.id, email.user_id)).collect();
        let present = self.emails.iter().filter(|(_, _, here)| *here);
        let present: BTreeSet<_> = present.map(|(id, user, _)| (*id, *user)).collect();
        assert_eq!(emails, present);
        assert_eq!(log.count("oauth2_sessions").await, self.sessions);
    }

    fn accepted(&mut self, user: UserId, command: &UserCommand) {
        use UserCommand::{DeactivateUser, LockUser, ReactivateUser, UnlockUser};
        let deactivates = matches!(
            command,
            LockUser { deactivate: true } | DeactivateUser { .. }
        );
        let reactivates = matches!(command, UnlockUser { reactivate: true } | ReactivateUser);
        if reactivates {
            self.deactivated.remove(&user);
        }
        if deactivates && self.deactivated.insert(user) {
            for (_, owner, here) in &mut self.emails {
                *here &= *owner != user;
            }
        }
    }
}

/// Whether it was accepted. Anything but a refusal is an error.
fn accepted<T, E: std::error::Error>(result: Result<T, ExecuteError<E>>) -> bool {
    match result {
        Ok(_) => true,
        Err(ExecuteError::Refused(_) | ExecuteError::Append(AppendError::ClaimTaken { .. })) => {
            false
        }
        Err(other) => panic!("{other}"),
    }
}

async fn run(log: &TestLog, user: UserId, attempt: Attempt, model: &mut Model) {
    match attempt {
        Attempt::Register { name } => {
            let name = format!("user-{name}");
            if accepted(log.execute(user, register(user, &name)).await) {
                model.users.insert(user, name);
            }
        }
        Attempt::AddEmail { address, shared } => {
            let email_id = EmailId::from_uuid(log.ids.ulid());
            let mut execution = log.execution();
            if shared {
                execution.shared_claims.insert(ClaimKind::Email);
            }
            let command = add_email(email_id, &format!("Mail{address}@example.com"));
            let added = log
                .journal
                .execute::<User>(user.as_uuid(), command, execution)
                .await;
            if accepted(added) {
                model.emails.push((email_id, user, true));
            }
        }
        Attempt::RemoveEmail { nth } => {
            let unknown = EmailId::from_uuid(log.ids.ulid());
            let email_id = model.emails.get(nth).map_or(unknown, |(id, _, _)| *id);
            let command = UserCommand::RemoveEmail { email_id };
            if accepted(log.execute(user, command).await) {
                model.emails[nth].2 = false;
            }
        }
        Attempt::SetPassword => {
            accepted(log.set_password(user, "hash").await);
        }
        Attempt::StartSession { client: n } => {
            start_session(log, user, n, model).await;
        }
        Attempt::Other(command) => {
            if accepted(log.execute(user, command.clone()).await) {
                model.accepted(user, &command);
            }
        }
    }
}

/// For the user or, with client 1, for the client itself; and once more, which is refused.
async fn start_session(log: &TestLog, user: UserId, n: u128, model: &mut Model) {
    let session = log
        .start_session(client(n), (n > 1).then_some(user))
        .await
        .unwrap();
    model.sessions += 1;
    let again = Oauth2SessionCommand::StartOauth2Session {
        session_id: session,
        client_id: client(n),
        user_id: None,
        scope: muniment_domain::Scope::default(),
        grant: muniment_domain::GrantType::Issued,
        browser_session_id: None,
        user_agent: None,
        ip: None,
    };
    let again = log
        .journal
        .execute::<Oauth2Session>(session.as_uuid(), again, log.execution())
        .await;
    assert!(!accepted(again));
}
