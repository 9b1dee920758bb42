//! A log of any length, made of the ordinary events in a plausible mix: people register, sign in from day
//! to day, use applications and end their sessions; a few fail to sign in, are renamed, or are locked and
//! unlocked by an operator.

use std::{
    net::IpAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cqrs_es::Aggregate;
use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSession, BrowserSessionCommand,
    BrowserSessionId, ClaimKind, ClientId, CompatLogin, CompatSession, CompatSessionCommand,
    CompatSessionId, Event, GrantId, GrantType, Oauth2Session, Oauth2SessionCommand,
    Oauth2SessionId, PasswordId, SessionEnd, StartCompatSession, StoredEvent, User, UserCommand,
    UserId, user::Origin,
};
use muniment_store::{Execution, log::Metadata, sql::DatabaseOptions};
use muniment_tests::{
    LogSetup, TestClock, TestEntropy, TestLog, add_email,
    beside::now,
    client,
    server::{configuration, master},
    username,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{Result, report};

/// People at once: enough for the log to write many appends in one commit.
const AT_ONCE: usize = 32;
/// Applications that there are.
const CLIENTS: u64 = 12;
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
     Safari/537.36",
    "Element X/25.06.0 (Google Pixel 8; Android 15; Sdk 25.6.10)",
];
const YEAR: i64 = 365 * 24 * 60 * 60 * 1_000_000;

/// A folder with a configuration and, unless it is elsewhere, a database of so many events, which
/// `muniment serve --config FOLDER/config.yaml` then serves.
pub async fn run(folder: &Path, database: Option<String>, events: u64) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let uri = match database {
        Some(uri) => uri,
        None => format!(
            "sqlite://{}/muniment.db",
            std::path::absolute(folder)?.display()
        ),
    };
    let config = folder.join("config.yaml");
    std::fs::write(&config, configuration(&uri, ""))?;
    let log = Arc::new(open(&DatabaseOptions::new(&uri)).await);
    fill(&log, events).await?;
    let head = log.head().await;
    close(log).await;
    report::clear();
    println!(
        "{head} events; serve them with: muniment serve --config {}",
        config.display()
    );
    Ok(())
}

/// A log whose clock begins a year ago.
pub async fn open(options: &DatabaseOptions) -> TestLog {
    let setup = LogSetup {
        clock: TestClock::at(now() - YEAR),
        entropy: TestEntropy::real(),
        master: master(),
        ..LogSetup::default()
    };
    TestLog::open_at(options, setup).await
}

pub async fn close(log: Arc<TestLog>) {
    if let Some(log) = Arc::into_inner(log) {
        log.close().await;
    }
}

/// Lets people live until the log has so many events, or a few more.
pub async fn fill(log: &Arc<TestLog>, events: u64) -> Result<()> {
    let born = Arc::new(AtomicU64::new(log.head().await));
    let mut lives: JoinSet<Result<()>> = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (log, born) = (log.clone(), born.clone());
        lives.spawn(async move {
            loop {
                let head = log.head().await;
                if head >= events {
                    return Ok(());
                }
                let number = born.fetch_add(1, Ordering::Relaxed);
                if number.is_multiple_of(64) {
                    report::progress(&format!("{head} of {events} events"));
                }
                Life::new(&log, number).live().await?;
            }
        });
    }
    while let Some(life) = lives.join_next().await {
        life??;
    }
    Ok(())
}

/// So many people, who have an account.
pub async fn people(log: &TestLog, count: u64) -> Result<Vec<Life<'_>>> {
    let mut people = Vec::new();
    for number in 0..count {
        let mut life = Life::new(log, number);
        life.register().await?;
        people.push(life);
    }
    Ok(people)
}

/// A day of people who use their accounts: most go on with the sessions that they have, which is no
/// event. A few are new.
pub async fn day(people: &mut [Life<'_>]) -> Result<()> {
    for life in people {
        if life.chance(10) {
            Life::new(life.log, life.number).register().await?;
        }
        if life.chance(300) {
            life.sign_in_and_use_an_application().await?;
        }
    }
    Ok(())
}

/// Somebody.
pub struct Life<'l> {
    log: &'l TestLog,
    user: UserId,
    number: u64,
    /// Of a xorshift generator: the same people each time.
    state: u64,
}

impl<'l> Life<'l> {
    fn new(log: &'l TestLog, number: u64) -> Self {
        Self {
            log,
            user: log.new_user_id(),
            number,
            state: number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % below
    }

    /// So often in a thousand.
    fn chance(&mut self, in_thousand: u64) -> bool {
        self.draw(1_000) < in_thousand
    }

    async fn live(mut self) -> Result<()> {
        self.register().await?;
        for _ in 0..=self.draw(6) {
            // A few of them stand for all of the people's days.
            self.log.clock.step(200_000_000);
            self.sign_in_and_use_an_application().await?;
        }
        Ok(())
    }

    async fn register(&mut self) -> Result<()> {
        let (user, number) = (self.user, self.number);
        let register = UserCommand::RegisterUser {
            user_id: user,
            username: username(&format!("person{number}-{}", user.as_uuid().simple())),
            origin: Origin::SelfService,
        };
        self.on_account(register).await?;
        if self.chance(800) {
            let email = muniment_domain::EmailId::from_uuid(self.log.ids.ulid());
            let email = add_email(email, &format!("person{number}@example.com"));
            self.on_account(email).await?;
        }
        if self.chance(300) {
            let display_name = Some(format!("Person {number}"));
            self.on_account(UserCommand::SetDisplayName { display_name })
                .await?;
        }
        Ok(())
    }

    async fn sign_in_and_use_an_application(&mut self) -> Result<()> {
        if self.chance(60) {
            let ip = Some(self.ip());
            let attempts = u32::try_from(self.draw(5)).unwrap_or_default() + 1;
            let since = muniment_store::Clock::now(&*self.log.clock);
            let failed = UserCommand::ReportFailedSignIns {
                attempts,
                since,
                ip,
            };
            let execution = self.by("system".to_owned(), None, None);
            self.run::<User>(self.user.as_uuid(), failed, execution)
                .await?;
        }
        if self.chance(150) {
            return self.sign_in_on_a_device().await;
        }
        let browser = self.sign_in().await?;
        let session = format!("browser_session:{browser}");
        let application = self.use_an_application(browser).await?;
        if self.chance(700) {
            let end = Oauth2SessionCommand::FinishOauth2Session {
                reason: SessionEnd::SelfService,
            };
            let execution = self.by_user(None, Some(session.clone()));
            self.run::<Oauth2Session>(application.as_uuid(), end, execution)
                .await?;
        }
        if self.chance(600) {
            let end = BrowserSessionCommand::FinishBrowserSession {
                reason: SessionEnd::SignedOut,
            };
            let execution = self.by_user(None, Some(session));
            self.run::<BrowserSession>(browser.as_uuid(), end, execution)
                .await?;
        }
        if self.chance(10) {
            for command in [
                UserCommand::LockUser { deactivate: false },
                UserCommand::UnlockUser { reactivate: false },
            ] {
                let execution = self.by("operator:carol".to_owned(), None, None);
                self.run::<User>(self.user.as_uuid(), command, execution)
                    .await?;
            }
        }
        Ok(())
    }

    async fn sign_in(&mut self) -> Result<BrowserSessionId> {
        let id = BrowserSessionId::from_uuid(self.log.ids.ulid());
        let start = BrowserSessionCommand::StartBrowserSession {
            session_id: id,
            user_id: self.user,
            user_agent: Some(self.agent()),
            ip: Some(self.ip()),
        };
        let authenticate = BrowserSessionCommand::Authenticate {
            authentication_id: AuthenticationId::from_uuid(self.log.ids.ulid()),
            method: AuthenticationMethod::Password {
                password_id: PasswordId::from_uuid(self.log.ids.ulid()),
            },
        };
        for command in [start, authenticate] {
            let execution = self.by_user(None, None);
            self.run::<BrowserSession>(id.as_uuid(), command, execution)
                .await?;
        }
        Ok(id)
    }

    async fn use_an_application(&mut self, browser: BrowserSessionId) -> Result<Oauth2SessionId> {
        let client_id = client(u128::from(self.draw(CLIENTS)) + 1);
        let scope: muniment_domain::Scope = "openid urn:matrix:client:api:*".parse()?;
        let consent = BrowserSessionCommand::GiveConsent {
            grant_id: GrantId::from_uuid(self.log.ids.ulid()),
            client_id,
            scope: scope.clone(),
            grant: GrantType::AuthorizationCode,
        };
        let session = Some(format!("browser_session:{browser}"));
        let execution = self.by_user(None, session);
        self.run::<BrowserSession>(browser.as_uuid(), consent, execution)
            .await?;
        let id = Oauth2SessionId::from_uuid(self.log.ids.ulid());
        let start = Oauth2SessionCommand::StartOauth2Session {
            session_id: id,
            client_id,
            user_id: Some(self.user),
            browser_session_id: Some(browser),
            scope,
            grant: GrantType::AuthorizationCode,
            user_agent: Some(self.agent()),
            ip: Some(self.ip()),
        };
        let execution = self.by_user(Some(client_id), None);
        self.run::<Oauth2Session>(id.as_uuid(), start, execution)
            .await?;
        Ok(id)
    }

    async fn sign_in_on_a_device(&mut self) -> Result<()> {
        let id = CompatSessionId::from_uuid(self.log.ids.ulid());
        let start = CompatSessionCommand::StartCompatSession(StartCompatSession {
            session_id: id,
            user_id: self.user,
            device_id: Some(format!("DEVICE{:06}", self.draw(1_000_000))),
            login: CompatLogin::Password,
            browser_session_id: None,
            is_synapse_admin: false,
            name: None,
            user_agent: Some(self.agent()),
            ip: Some(self.ip()),
        });
        let execution = self.by_user(None, None);
        self.run::<CompatSession>(id.as_uuid(), start, execution)
            .await
    }

    fn agent(&mut self) -> String {
        let place = self.draw(AGENTS.len() as u64);
        AGENTS[usize::try_from(place).unwrap_or_default()].to_owned()
    }

    fn ip(&mut self) -> IpAddr {
        let [.., a, b] = self.draw(65_536).to_be_bytes();
        IpAddr::from([198, 51, a, b])
    }

    async fn on_account(&self, command: UserCommand) -> Result<()> {
        let execution = self.by_user(None, None);
        self.run::<User>(self.user.as_uuid(), command, execution)
            .await
    }

    fn by_user(&self, client: Option<ClientId>, session: Option<String>) -> Execution {
        self.by(format!("user:{}", self.user), client, session)
    }

    fn by(&self, actor: String, client: Option<ClientId>, session: Option<String>) -> Execution {
        let mut execution = Execution::new(Metadata {
            actor,
            client: client.map(|client| client.to_string()),
            session,
            correlation_id: self.log.ids.event_id(),
            causation_id: None,
        });
        execution.shared_claims.insert(ClaimKind::Email);
        execution
    }

    async fn run<A>(&self, id: Uuid, command: A::Command, execution: Execution) -> Result<()>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone + Send,
        A::Event: StoredEvent + Into<Event>,
        A::Error: Send + Sync + 'static,
    {
        let journal = &self.log.journal;
        journal.execute::<A>(id, command, execution).await?;
        Ok(())
    }
}
