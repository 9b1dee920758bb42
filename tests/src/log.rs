//! A log, put together as `main` does it.

use std::sync::Arc;

use async_trait::async_trait;
use muniment_domain::{
    ClaimKind, ClientId, EmailAddress, EmailId, GrantType, Oauth2Session, Oauth2SessionCommand,
    Oauth2SessionError, Oauth2SessionId, PasswordId, Scope, User, UserCommand, UserError, UserId,
    Username, user::Origin,
};
use muniment_projections::{Projections, Reads};
use muniment_store::{
    ClaimHasher, Codec, Entropy, ExecuteError, Execution, Ids, Journal, KeyRing, MasterSecret,
    VaultWrite,
    log::{
        Applied, EventLog, FollowError, Follower, Metadata, Position, Receipt, RecordedEvent,
        SqlLog,
    },
    outbox::Outbox,
    sql::{Database, DatabaseOptions, Transaction, query},
};
use uuid::Uuid;

#[cfg(feature = "eventstoredb")]
use muniment_store::log::eventstoredb::{self, EventStoreDbOptions};

use crate::{TestClock, TestDatabase, TestEntropy};

/// What an append brings up to date in its own transaction.
#[derive(Clone, Default)]
pub enum Follow {
    /// The read models, prepared.
    #[default]
    Projections,
    /// Nothing: any history may be written, also one that the read models would refuse.
    Nothing,
    /// The test's own.
    With(Arc<dyn Follower>),
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Projections => "Projections",
            Self::Nothing => "Nothing",
            Self::With(_) => "With(..)",
        })
    }
}

/// What a [`TestLog`] is made of.
#[derive(Debug)]
pub struct LogSetup {
    pub clock: Arc<TestClock>,
    pub entropy: Arc<dyn Entropy>,
    pub master: MasterSecret,
    pub follow: Follow,
    /// The log of record, if it is not the database.
    #[cfg(feature = "eventstoredb")]
    pub event_store: Option<EventStoreDbOptions>,
}

impl Default for LogSetup {
    fn default() -> Self {
        Self {
            clock: TestClock::at(TestClock::START),
            entropy: TestEntropy::next(),
            master: MasterSecret::new([7; 32]),
            follow: Follow::default(),
            #[cfg(feature = "eventstoredb")]
            event_store: None,
        }
    }
}

impl LogSetup {
    #[must_use]
    pub fn following(follow: Follow) -> Self {
        Self {
            follow,
            ..Self::default()
        }
    }

    /// With the log of record that a test's database belongs to, if there is one.
    #[must_use]
    #[cfg_attr(
        not(feature = "eventstoredb"),
        expect(
            unused_variables,
            unused_mut,
            reason = "there is none without the feature"
        )
    )]
    pub fn behind(mut self, database: &TestDatabase) -> Self {
        #[cfg(feature = "eventstoredb")]
        if let Some(event_store) = database.event_store() {
            self.event_store = Some(event_store.options().clone());
        }
        self
    }
}

/// An open log with everything around it. Several may be open on one database, as in several
/// processes.
#[derive(Debug)]
pub struct TestLog {
    pub database: Database,
    pub clock: Arc<TestClock>,
    pub ids: Arc<Ids>,
    pub codec: Codec,
    pub hasher: ClaimHasher,
    pub projections: Arc<Projections>,
    pub reads: Reads,
    pub log: Arc<SqlLog>,
    pub journal: Journal,
}

impl TestLog {
    pub async fn open(database: &TestDatabase) -> Self {
        Self::open_with(database, LogSetup::default()).await
    }

    pub async fn open_with(database: &TestDatabase, setup: LogSetup) -> Self {
        Self::open_at(&database.options(), setup.behind(database)).await
    }

    pub async fn open_at(options: &DatabaseOptions, setup: LogSetup) -> Self {
        let database = options.open().await.expect("the database opens");
        let keys = options
            .open_keys(&database)
            .await
            .expect("the key store opens");
        let keys = KeyRing::open(keys, &database, &setup.master, setup.entropy.clone())
            .await
            .expect("the keys can be unwrapped");
        let hasher = keys.claim_hasher();
        let codec = Codec::new(Arc::new(keys));
        let projections = Arc::new(Projections::new(codec.clone()));
        let follower: Arc<dyn Follower> = match setup.follow {
            Follow::Projections => {
                projections
                    .prepare(&database)
                    .await
                    .expect("the read models can be prepared");
                projections.clone()
            }
            Follow::Nothing => Arc::new(FollowNothing),
            Follow::With(follower) => follower,
        };
        #[cfg(feature = "eventstoredb")]
        let event_store = setup.event_store;
        #[cfg(not(feature = "eventstoredb"))]
        let event_store = None;
        let (clock, to_start) = (setup.clock.clone(), database.clone());
        let log = match event_store {
            #[cfg(feature = "eventstoredb")]
            Some(options) => eventstoredb::start(
                &options,
                to_start,
                clock,
                hasher.clone(),
                codec.clone(),
                follower,
            )
            .await
            .expect("the log starts"),
            #[cfg(not(feature = "eventstoredb"))]
            Some(()) => unreachable!("there is none without the feature"),
            None => SqlLog::start(to_start, clock, hasher.clone(), follower)
                .await
                .expect("the log starts"),
        };
        let log = Arc::new(log);
        let reads = Reads::new(
            database.clone(),
            log.clone(),
            projections.clone(),
            hasher.clone(),
        );
        let ids = Arc::new(Ids::new(setup.clock.clone(), setup.entropy));
        let journal = Journal::new(log.clone(), codec.clone(), ids.clone());
        Self {
            database,
            clock: setup.clock,
            ids,
            codec,
            hasher,
            projections,
            reads,
            log,
            journal,
        }
    }

    /// Finishes what was accepted and closes the connections.
    pub async fn close(self) {
        self.log.close().await;
        self.database.close().await;
    }

    pub async fn head(&self) -> Position {
        self.log.head().await.expect("the head can be read")
    }

    /// The whole log.
    pub async fn events(&self) -> Vec<RecordedEvent> {
        self.log
            .read_all(0, u32::MAX)
            .await
            .expect("the log can be read")
    }

    /// Metadata of an operator, with a correlation of its own.
    pub fn metadata(&self) -> Metadata {
        Metadata {
            actor: "operator:tests".to_owned(),
            client: None,
            session: None,
            correlation_id: self.ids.event_id(),
            causation_id: None,
        }
    }

    pub fn execution(&self) -> Execution {
        Execution::new(self.metadata())
    }

    /// Runs a command on an account; `None` when it was satisfied already.
    pub async fn execute(
        &self,
        user: UserId,
        command: UserCommand,
    ) -> Result<Option<Receipt>, ExecuteError<UserError>> {
        self.journal
            .execute::<User>(user.as_uuid(), command, self.execution())
            .await
    }

    pub fn new_user_id(&self) -> UserId {
        UserId::from_uuid(self.ids.ulid())
    }

    /// Registers an account.
    pub async fn register(&self, name: &str) -> UserId {
        let user = self.new_user_id();
        self.execute(user, register(user, name))
            .await
            .expect("the user can be registered");
        user
    }

    /// Adds an address that other accounts may have too, as GraphQL's `addEmail` does.
    pub async fn add_email(
        &self,
        user: UserId,
        address: &str,
    ) -> Result<EmailId, ExecuteError<UserError>> {
        let email_id = EmailId::from_uuid(self.ids.ulid());
        let mut execution = self.execution();
        execution.shared_claims.insert(ClaimKind::Email);
        self.journal
            .execute::<User>(user.as_uuid(), add_email(email_id, address), execution)
            .await?;
        Ok(email_id)
    }

    /// Sets a password whose hash is what is given.
    pub async fn set_password(
        &self,
        user: UserId,
        hash: &str,
    ) -> Result<PasswordId, ExecuteError<UserError>> {
        let password_id = PasswordId::from_uuid(self.ids.ulid());
        let execution = self.execution().with_vault(VaultWrite::PutPassword {
            id: password_id,
            user_id: user,
            scheme_version: 1,
            hash: hash.to_owned(),
        });
        let command = UserCommand::SetPassword {
            password_id,
            scheme_version: 1,
            origin: Origin::Admin,
        };
        self.journal
            .execute::<User>(user.as_uuid(), command, execution)
            .await?;
        Ok(password_id)
    }

    /// Starts an OAuth 2.0 session.
    pub async fn start_session(
        &self,
        client: ClientId,
        user: Option<UserId>,
    ) -> Result<Oauth2SessionId, ExecuteError<Oauth2SessionError>> {
        let session_id = Oauth2SessionId::from_uuid(self.ids.ulid());
        let command = Oauth2SessionCommand::StartOauth2Session {
            session_id,
            client_id: client,
            user_id: user,
            scope: Scope::ADMIN.parse().expect("a scope"),
            grant: GrantType::Issued,
            browser_session_id: None,
            user_agent: None,
            ip: None,
        };
        self.journal
            .execute::<Oauth2Session>(session_id.as_uuid(), command, self.execution())
            .await?;
        Ok(session_id)
    }

    /// The outbox of the log's database.
    pub async fn outbox(&self, database: &TestDatabase) -> Outbox {
        self.outbox_under(database, &LogSetup::default().master)
            .await
    }

    /// The same, where keys are wrapped under another secret than that of tests.
    pub async fn outbox_under(&self, database: &TestDatabase, master: &MasterSecret) -> Outbox {
        let options = database.options();
        let keys = options.open_keys(&self.database).await.expect("keys open");
        let entropy = TestEntropy::next();
        let ring = KeyRing::open(keys, &self.database, master, entropy.clone()).await;
        let ring = ring.expect("the key ring opens");
        let (clock, ids) = (self.clock.clone(), self.ids.clone());
        Outbox::open(self.database.clone(), &ring, clock, entropy, ids)
            .await
            .expect("the outbox opens")
    }

    /// Runs a statement behind the log's back; returns how many rows it touched.
    pub async fn tamper(&self, sql: &str) -> u64 {
        let mut transaction = Transaction::writing(&self.database)
            .await
            .expect("a transaction begins");
        let touched = transaction
            .execute(query(sql))
            .await
            .expect("the statement is accepted");
        transaction.commit().await.expect("the statement commits");
        touched
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let row = self
            .database
            .fetch_one(query(format!("SELECT count(*) FROM {table}")))
            .await
            .expect("the table can be counted");
        row.get(0).expect("a number")
    }
}

/// A text that is a username.
#[must_use]
pub fn username(text: &str) -> Username {
    Username::parse(text).expect("a username")
}

/// `RegisterUser`, as an administrator would.
#[must_use]
pub fn register(user_id: UserId, name: &str) -> UserCommand {
    UserCommand::RegisterUser {
        user_id,
        username: username(name),
        origin: Origin::Admin,
    }
}

/// `AddEmail`, as an administrator would.
#[must_use]
pub fn add_email(email_id: EmailId, address: &str) -> UserCommand {
    UserCommand::AddEmail {
        email_id,
        email: EmailAddress::parse(address).expect("an address"),
        origin: Origin::Admin,
    }
}

/// An id that is the same in every run.
#[must_use]
pub fn client(n: u128) -> ClientId {
    ClientId::from_uuid(Uuid::from_u128(n))
}

struct FollowNothing;

#[async_trait]
impl Follower for FollowNothing {
    async fn follow(
        &self,
        _transaction: &mut Transaction,
        _head: Position,
        _events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        Ok(())
    }
}
