//! What leads from one thing to others: however many things of a request ask for something at the
//! same time, the database is asked once.
//!
//! "At the same time" is meant exactly. The engine resolves as much as it can, and not before nothing
//! is left that does not wait is what it waits for fetched: what a request costs does not hang on how
//! fast it runs.

use std::{
    collections::HashMap,
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use async_graphql::{
    Error, Result,
    dataloader::{DataLoader, HashMapCache, Loader},
};
use futures_util::{
    Stream, StreamExt,
    future::BoxFuture,
    stream::{self, FuturesUnordered},
    task::AtomicWaker,
};
use muniment_domain::{
    BrowserSessionId, ClientId, CompatSessionId, Oauth2SessionId, PersonalSessionId, UserId,
};
use muniment_projections::queries::{
    self, BrowserSessionRow, CompatSessionRow, Oauth2SessionRow, PersonalSessionRow, UserRow,
};
use muniment_store::activity::{self, LastUse};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::context::RequestContext;
use crate::{
    accounts::AccountError,
    app::App,
    auth::{Client, Requester},
    homeserver::{HomeserverError, MatrixUser},
};

/// Users that the homeserver is asked for at a time.
const AT_HOMESERVER: usize = 8;

/// Of one request.
pub struct Loaders(DataLoader<Source, HashMapCache>);

impl fmt::Debug for Loaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loaders")
    }
}

/// What is to be fetched for a request.
pub struct Batches(mpsc::UnboundedReceiver<BoxFuture<'static, ()>>);

impl Batches {
    /// Runs the request, and fetches what it needs whenever it can't go on without.
    pub async fn fetch_for<T>(self, request: impl Future<Output = T>) -> T {
        let mut fetching = Fetching::new(self);
        let mut request = pin!(request);
        poll_fn(|cx| fetching.poll(cx, |cx| request.as_mut().poll(cx))).await
    }

    /// The same of a request that is answered more than once.
    pub fn fetch_while<T>(self, answers: impl Stream<Item = T>) -> impl Stream<Item = T> {
        let mut fetching = Fetching::new(self);
        let mut answers = Box::pin(answers);
        stream::poll_fn(move |cx| fetching.poll(cx, |cx| answers.as_mut().poll_next(cx)))
    }
}

/// What is being fetched.
struct Fetching {
    batches: Batches,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
    stirred: Arc<Stirred>,
    waker: Waker,
}

impl Fetching {
    fn new(batches: Batches) -> Self {
        let stirred = Arc::new(Stirred::default());
        Self {
            batches,
            running: FuturesUnordered::new(),
            waker: Waker::from(stirred.clone()),
            stirred,
        }
    }

    fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        request: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.stirred.task.register(cx.waker());
        self.stirred.woken.store(false, Ordering::Release);
        let mut own = Context::from_waker(&self.waker);
        if let Poll::Ready(answer) = request(&mut own) {
            return Poll::Ready(answer);
        }
        // It has only let others go first, and is polled again.
        if self.stirred.woken.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        while let Poll::Ready(Some(batch)) = self.batches.0.poll_recv(cx) {
            self.running.push(batch);
        }
        while let Poll::Ready(Some(())) = self.running.poll_next_unpin(cx) {}
        Poll::Pending
    }
}

/// Whether the request wants to be polled again.
#[derive(Default)]
struct Stirred {
    woken: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Stirred {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake();
    }
}

struct Source {
    app: Arc<App>,
    correlation_id: Uuid,
}

impl Source {
    fn failure(&self, error: impl Into<AccountError>) -> Error {
        RequestContext::failure_of(self.correlation_id, error)
    }

    async fn at_homeserver(
        &self,
        user: Localpart,
    ) -> (Localpart, Result<MatrixUser, HomeserverError>) {
        let found = self.app.homeserver.query_user(&user.0).await;
        if let Err(error) = &found {
            tracing::warn!(
                request.id = %self.correlation_id,
                %error,
                "the homeserver could not be asked for a user"
            );
        }
        (user, found)
    }
}

/// A session of any kind, by which its last use is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Used(Uuid);

/// A user of the homeserver, by the part of their Matrix id before the colon.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Localpart(String);

impl Loaders {
    /// With what is known of the requester already. What was read is kept while nothing changes:
    /// within a request that only reads.
    pub async fn new(
        app: Arc<App>,
        requester: &Requester,
        correlation_id: Uuid,
        only_reads: bool,
    ) -> (Self, Batches) {
        let (sender, batches) = mpsc::unbounded_channel();
        let source = Source {
            app,
            correlation_id,
        };
        // Nobody receives any more when the request is over.
        let later = move |batch| drop(sender.send(batch));
        let loader = DataLoader::with_cache(source, later, HashMapCache::default());
        let loader = loader.delay(Duration::ZERO);
        loader.enable_all_cache(only_reads);
        // Who asks is of today.
        let looks_back = loader.loader().app.past.is_some();
        if only_reads && !looks_back {
            if let Some(user) = requester.user() {
                loader.feed_one(user.id, user.clone()).await;
            }
            if let Requester::BrowserSession { session, .. } = requester {
                loader.feed_one(session.id, session.clone()).await;
            }
        }
        (Self(loader), Batches(batches))
    }

    pub async fn user(&self, id: UserId) -> Result<Option<UserRow>> {
        self.0.load_one(id).await
    }

    pub async fn browser_session(&self, id: BrowserSessionId) -> Result<Option<BrowserSessionRow>> {
        self.0.load_one(id).await
    }

    pub async fn compat_session(&self, id: CompatSessionId) -> Result<Option<CompatSessionRow>> {
        self.0.load_one(id).await
    }

    pub async fn oauth2_session(&self, id: Oauth2SessionId) -> Result<Option<Oauth2SessionRow>> {
        self.0.load_one(id).await
    }

    pub async fn personal_session(
        &self,
        id: PersonalSessionId,
    ) -> Result<Option<PersonalSessionRow>> {
        self.0.load_one(id).await
    }

    pub async fn client(&self, id: ClientId) -> Result<Option<Arc<Client>>> {
        self.0.load_one(id).await
    }

    /// When and from where a session of any kind was last used.
    pub async fn last_use(&self, session: Uuid) -> Result<Option<LastUse>> {
        self.0.load_one(Used(session)).await
    }

    /// A user as the homeserver has them.
    pub async fn at_homeserver(&self, localpart: &str) -> Result<MatrixUser> {
        match self.0.load_one(Localpart(localpart.to_owned())).await? {
            Some(Ok(user)) => Ok(user),
            // Why is for the log.
            Some(Err(HomeserverError::Unavailable(_))) | None => {
                Err("Failed to query user from Synapse".into())
            }
            Some(Err(HomeserverError::UserNotFound | HomeserverError::Refused(_))) => {
                Err("Unexpected HTTP response while querying user from Synapse".into())
            }
        }
    }
}

impl Loader<UserId> for Source {
    type Value = UserRow;
    type Error = Error;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, UserRow>> {
        let found = queries::users(&self.app.reads, ids).await;
        found.map_err(|error| self.failure(error))
    }
}

impl Loader<BrowserSessionId> for Source {
    type Value = BrowserSessionRow;
    type Error = Error;

    async fn load(
        &self,
        ids: &[BrowserSessionId],
    ) -> Result<HashMap<BrowserSessionId, BrowserSessionRow>> {
        let found = queries::browser_sessions(&self.app.reads, ids).await;
        found.map_err(|error| self.failure(error))
    }
}

impl Loader<CompatSessionId> for Source {
    type Value = CompatSessionRow;
    type Error = Error;

    async fn load(
        &self,
        ids: &[CompatSessionId],
    ) -> Result<HashMap<CompatSessionId, CompatSessionRow>> {
        let found = queries::compat_sessions(&self.app.reads, ids).await;
        found.map_err(|error| self.failure(error))
    }
}

impl Loader<Oauth2SessionId> for Source {
    type Value = Oauth2SessionRow;
    type Error = Error;

    async fn load(
        &self,
        ids: &[Oauth2SessionId],
    ) -> Result<HashMap<Oauth2SessionId, Oauth2SessionRow>> {
        let found = queries::oauth2_sessions(&self.app.reads, ids).await;
        found.map_err(|error| self.failure(error))
    }
}

impl Loader<PersonalSessionId> for Source {
    type Value = PersonalSessionRow;
    type Error = Error;

    async fn load(
        &self,
        ids: &[PersonalSessionId],
    ) -> Result<HashMap<PersonalSessionId, PersonalSessionRow>> {
        let found = queries::personal_sessions(&self.app.reads, ids).await;
        found.map_err(|error| self.failure(error))
    }
}

impl Loader<ClientId> for Source {
    type Value = Arc<Client>;
    type Error = Error;

    async fn load(&self, ids: &[ClientId]) -> Result<HashMap<ClientId, Arc<Client>>> {
        let found = self.app.clients.find_all(&self.app.reads, ids).await;
        found.map_err(|error| self.failure(error))
    }
}

impl Loader<Used> for Source {
    type Value = LastUse;
    type Error = Error;

    async fn load(&self, sessions: &[Used]) -> Result<HashMap<Used, LastUse>> {
        let ids: Vec<Uuid> = sessions.iter().map(|session| session.0).collect();
        let found = activity::of(&self.app.database, &ids).await;
        let found = found.map_err(|error| self.failure(error))?;
        Ok(found
            .into_iter()
            .map(|(id, last)| (Used(id), last))
            .collect())
    }
}

impl Loader<Localpart> for Source {
    /// Of one user: that of others is not lost with it.
    type Value = Result<MatrixUser, HomeserverError>;
    type Error = Error;

    async fn load(&self, users: &[Localpart]) -> Result<HashMap<Localpart, Self::Value>> {
        let mut asked = Vec::with_capacity(users.len());
        for user in users {
            asked.push(self.at_homeserver(user.clone()));
        }
        Ok(stream::iter(asked)
            .buffer_unordered(AT_HOMESERVER)
            .collect()
            .await)
    }
}
