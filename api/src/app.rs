//! Everything a request or a command needs, put together once.

use std::sync::Arc;

use ipnet::IpNet;
use muniment_projections::{Projections, ProjectionsError, Reads};
#[cfg(feature = "eventstoredb")]
use muniment_store::log::eventstoredb::{self, EventStoreDbError, EventStoreDbOptions};
use muniment_store::{
    ClaimHasher, Clock, Codec, Entropy, Ids, Journal, KeyError, KeyRing, MasterSecret, Sealer,
    log::{EventLog, LogError, SqlLog},
    migrate::{MigrateError, refuse_unfinished},
    outbox::Outbox,
    sql::{Database, DatabaseOptions, OpenError},
    tree::AuditKeyError,
};

use crate::{
    accounts::FailedSignIns,
    activity::Activity,
    as_of::Past,
    audit::{self, AuditTree},
    auth::{Clients, jwks::RemoteKeys},
    captcha::{self, Captcha},
    config::{OAuth, RateLimiting},
    erasure::Eraser,
    graphql::GraphqlCalls,
    homeserver::{Homeserver, NoHomeserver, UserLocks},
    http::Metrics,
    jobs::JobMetrics,
    limits::Limits,
    live::Live,
    mail::Mailer,
    pages::Brand,
    passwords::{PasswordSettings, Passwords},
    policy::{self, Policy, PolicyDataError},
    signing::{ConfiguredKey, CurrentKeys, SigningKeys, SigningKeysError},
    site::Site,
    upstream::{Provider, Upstream},
    web::CookieSettings,
};

/// The program's parts. Shared by all requests.
#[derive(Debug)]
pub struct App {
    pub site: Site,
    pub brand: Arc<Brand>,
    pub clients: Clients,
    /// Other services that people may sign in with.
    pub upstream: Upstream,
    /// Keys that clients publish.
    pub client_keys: RemoteKeys,
    pub oauth: OAuth,
    pub passwords: Passwords,
    pub failed_sign_ins: FailedSignIns,
    pub policy: Policy,
    pub limits: Limits,
    pub activity: Activity,
    /// Who follows which account.
    pub live: Live,
    pub graphql_calls: GraphqlCalls,
    pub captcha: Captcha,
    pub trusted_proxies: Vec<IpNet>,
    pub database: Database,
    /// Reads that somebody's rights hang on.
    pub reads: Reads,
    pub log: Arc<SqlLog>,
    pub journal: Journal,
    pub projections: Arc<Projections>,
    pub metrics: Metrics,
    pub keys: Arc<KeyRing>,
    /// Seals secrets that lie in rows.
    pub sealer: Sealer,
    /// What seals the history.
    pub audit: Arc<AuditTree>,
    /// What tokens are signed with.
    pub signing: Arc<CurrentKeys>,
    pub cookies: Arc<CookieSettings>,
    pub eraser: Arc<Eraser>,
    pub outbox: Arc<Outbox>,
    pub jobs: JobMetrics,
    pub mailer: Mailer,
    pub homeserver: Arc<dyn Homeserver>,
    pub user_locks: UserLocks,
    pub claim_hasher: ClaimHasher,
    pub ids: Arc<Ids>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// The earlier moment that it answers as of, if it does.
    pub past: Option<Past>,
}

/// What differs between deployments.
#[derive(Debug)]
pub struct Parts {
    pub site: Site,
    pub clients: Clients,
    pub upstream: Vec<Provider>,
    pub oauth: OAuth,
    pub passwords: PasswordSettings,
    pub policy: policy::Settings,
    pub rate_limiting: RateLimiting,
    pub captcha: Option<captcha::Settings>,
    /// How many may follow their accounts at a time.
    pub max_subscriptions: usize,
    /// Peers whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// When there are none, keys are generated and kept in the database.
    pub signing_keys: Vec<ConfiguredKey>,
    pub audit: audit::Settings,
    /// Seconds.
    pub session_cookie_lifetime: i64,
    pub database: DatabaseOptions,
    /// The log of record, unless it is the database.
    #[cfg(feature = "eventstoredb")]
    pub event_store: Option<EventStoreDbOptions>,
    pub mailer: Mailer,
    pub homeserver: Arc<dyn Homeserver>,
    pub master: MasterSecret,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Projections(#[from] ProjectionsError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[cfg(feature = "eventstoredb")]
    #[error(transparent)]
    EventStoreDb(#[from] EventStoreDbError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    SigningKeys(#[from] SigningKeysError),
    #[error(transparent)]
    AuditKey(#[from] AuditKeyError),
    #[error(transparent)]
    Migration(#[from] MigrateError),
    #[error("policy.data: {0}")]
    Policy(#[from] PolicyDataError),
    #[error("no client for the captcha's service can be made: {0}")]
    Captcha(#[from] reqwest::Error),
}

/// What is opened before anything else, and may be shared.
struct Ground {
    database: Database,
    keys: Arc<KeyRing>,
    codec: Codec,
    projections: Arc<Projections>,
    signing: Arc<CurrentKeys>,
    audit: Arc<AuditTree>,
    cookies: Arc<CookieSettings>,
    log: Arc<SqlLog>,
    eraser: Arc<Eraser>,
    outbox: Arc<Outbox>,
    ids: Arc<Ids>,
    past: Option<Past>,
}

impl Ground {
    /// Brings schema and read models up to date, and starts the log's writer.
    async fn open(parts: &mut Parts) -> Result<Self, StartError> {
        let database = parts.database.open().await?;
        refuse_unfinished(&database).await?;
        let key_store = parts.database.open_keys(&database).await?;
        let entropy = parts.entropy.clone();
        let keys = KeyRing::open(key_store, &database, &parts.master, entropy).await?;
        let keys = Arc::new(keys);
        let codec = Codec::new(keys.clone());
        let projections = Arc::new(Projections::new(codec.clone()));
        projections.prepare(&database).await?;
        let sealer = keys.sealer();
        let configured = std::mem::take(&mut parts.signing_keys);
        let signing = SigningKeys::open(configured, &database, &sealer, &*parts.clock).await?;
        let ambient = (&*parts.clock, &*parts.entropy);
        let audit = AuditTree::open(&parts.audit, &database, &sealer, ambient).await?;
        let cookies = CookieSettings::new(
            &parts.master,
            &parts.site.public_base,
            parts.session_cookie_lifetime,
            parts.clock.clone(),
            parts.entropy.clone(),
        );
        let log = start_log(parts, &database, &keys.claim_hasher(), &codec, &projections).await?;
        let eraser = Eraser::start(database.clone(), keys.clone(), log.tail()).await?;
        let (clock, entropy) = (parts.clock.clone(), parts.entropy.clone());
        let ids = Arc::new(Ids::new(clock.clone(), entropy.clone()));
        let outbox = Outbox::open(database.clone(), &keys, clock, entropy, ids.clone()).await?;
        Ok(Self {
            database,
            keys,
            codec,
            projections,
            signing: Arc::new(CurrentKeys::new(signing)),
            audit: Arc::new(audit),
            cookies: Arc::new(cookies),
            log: Arc::new(log),
            eraser: Arc::new(eraser),
            outbox: Arc::new(outbox),
            ids,
            past: None,
        })
    }

    /// That of the present, on another database.
    async fn of_past(parts: &Parts, database: Database, past: Past) -> Result<Self, StartError> {
        let present = &past.present;
        let (hasher, follower) = (present.claim_hasher.clone(), present.projections.clone());
        let log = SqlLog::start(database.clone(), parts.clock.clone(), hasher, follower).await?;
        Ok(Self {
            database,
            keys: present.keys.clone(),
            codec: present.journal.codec().clone(),
            projections: present.projections.clone(),
            signing: present.signing.clone(),
            audit: present.audit.clone(),
            cookies: present.cookies.clone(),
            log: Arc::new(log),
            eraser: present.eraser.clone(),
            outbox: present.outbox.clone(),
            ids: present.ids.clone(),
            past: Some(past),
        })
    }
}

impl App {
    /// Opens the database, brings schema and read models up to date, and starts the log's writer.
    pub async fn start(mut parts: Parts) -> Result<Arc<Self>, StartError> {
        let ground = Ground::open(&mut parts).await?;
        Self::on(ground, parts).await
    }

    /// One that answers from a replayed database, for which it is still then. It calls no homeserver.
    pub(crate) async fn looking_back(
        mut parts: Parts,
        database: Database,
        past: Past,
    ) -> Result<Arc<Self>, StartError> {
        parts.homeserver = Arc::new(NoHomeserver);
        parts.clock = Arc::new(past.clock());
        let ground = Ground::of_past(&parts, database, past).await?;
        Self::on(ground, parts).await
    }

    async fn on(ground: Ground, parts: Parts) -> Result<Arc<Self>, StartError> {
        let Ground {
            database,
            keys,
            codec,
            projections,
            signing,
            audit,
            cookies,
            log,
            eraser,
            outbox,
            ids,
            past,
        } = ground;
        let claim_hasher = keys.claim_hasher();
        let reads = Reads::new(
            database.clone(),
            log.clone(),
            projections.clone(),
            claim_hasher.clone(),
        );
        let jobs = JobMetrics::default();
        let live = Live::new(parts.max_subscriptions);
        let graphql_calls = GraphqlCalls::new(database.clone());
        let metrics = Metrics::new(log.metrics(), &jobs, &graphql_calls, live.open());
        let policy = Policy::new(parts.policy)?;
        policy.reload(&database).await.map_err(LogError::from)?;
        Ok(Arc::new(Self {
            brand: Arc::new(Brand::of(&parts.site)),
            site: parts.site,
            clients: parts.clients,
            upstream: Upstream::new(parts.upstream),
            failed_sign_ins: FailedSignIns::default(),
            client_keys: RemoteKeys::default(),
            oauth: parts.oauth,
            passwords: Passwords::new(parts.passwords, parts.entropy.clone()),
            policy,
            limits: Limits::new(&parts.rate_limiting, parts.clock.clone()),
            activity: Activity::new(database.clone()),
            graphql_calls,
            captcha: Captcha::new(parts.captcha)?,
            live,
            trusted_proxies: parts.trusted_proxies,
            journal: Journal::new(log.clone(), codec, ids.clone()),
            log,
            database,
            reads,
            projections,
            metrics,
            sealer: keys.sealer(),
            keys,
            audit,
            signing,
            cookies,
            eraser,
            outbox,
            jobs,
            mailer: parts.mailer,
            homeserver: parts.homeserver,
            user_locks: UserLocks::default(),
            claim_hasher,
            ids,
            clock: parts.clock,
            entropy: parts.entropy,
            past,
        }))
    }

    /// Where it is decided who asks, and written down what they were shown: itself, unless it looks
    /// back.
    #[must_use]
    pub fn present(&self) -> &Self {
        self.past.as_ref().map_or(self, |past| &past.present)
    }

    /// Finishes what was accepted and lets go of the database.
    pub async fn stop(&self) {
        // What the two have in common is the present's, which is stopped after it.
        if self.past.is_some() {
            self.log.close().await;
            self.database.close().await;
            return;
        }
        self.failed_sign_ins.flush(self).await;
        if let Err(error) = self.activity.flush().await {
            tracing::warn!(%error, "the last session activity could not be written");
        }
        if let Err(error) = self.graphql_calls.flush().await {
            tracing::warn!(%error, "the last counts of GraphQL calls could not be written");
        }
        self.log.close().await;
        self.eraser.stop();
        self.keys.close().await;
        self.database.close().await;
    }
}

#[cfg_attr(
    not(feature = "eventstoredb"),
    expect(
        unused_variables,
        reason = "the codec is needed to take over events from elsewhere"
    )
)]
async fn start_log(
    parts: &Parts,
    database: &Database,
    hasher: &ClaimHasher,
    codec: &Codec,
    projections: &Arc<Projections>,
) -> Result<SqlLog, StartError> {
    let (database, clock) = (database.clone(), parts.clock.clone());
    let (hasher, follower) = (hasher.clone(), projections.clone());
    #[cfg(feature = "eventstoredb")]
    if let Some(options) = &parts.event_store {
        let codec = codec.clone();
        return Ok(eventstoredb::start(options, database, clock, hasher, codec, follower).await?);
    }
    Ok(SqlLog::start(database, clock, hasher, follower).await?)
}
