//! From a change to an account to what the homeserver is told, in process.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::FutureExt;
use muniment_domain::UserId;
use muniment_store::{Clock, outbox::Backlog, schedule};
use tempfile::TempDir;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    scheduled::{BATCH, Batch, Job, Work, round},
    worker::do_one,
    *,
};
use crate::{
    accounts::{self, AccountError, EmailUniqueness, NewUser},
    app::App,
    auth::Actor,
    graphql::tests::parts,
    homeserver::{Homeserver, HomeserverError, MatrixUser, NoHomeserver, Provision},
};

/// A homeserver that writes down what it is told.
#[derive(Debug, Default)]
struct Recorder {
    told: Mutex<Vec<String>>,
    /// What it answers, until it is taken.
    error: Mutex<Option<HomeserverError>>,
}

impl Recorder {
    fn hears(&self, what: String) -> Result<(), HomeserverError> {
        if let Some(error) = self.error.lock().unwrap().take() {
            return Err(error);
        }
        self.told.lock().unwrap().push(what);
        Ok(())
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    fn will_fail(&self, error: HomeserverError) {
        *self.error.lock().unwrap() = Some(error);
    }
}

#[async_trait]
impl Homeserver for Recorder {
    fn exists(&self) -> bool {
        true
    }

    async fn query_user(&self, localpart: &str) -> Result<MatrixUser, HomeserverError> {
        NoHomeserver.query_user(localpart).await
    }

    async fn is_localpart_available(&self, localpart: &str) -> Result<bool, HomeserverError> {
        Ok(localpart != "reserved")
    }

    async fn provision_user(&self, user: &Provision) -> Result<(), HomeserverError> {
        let emails = user.emails.clone().unwrap_or_default().join(",");
        let locked = user.locked == Some(true);
        self.hears(format!(
            "provision {} [{emails}] locked={locked}",
            user.localpart
        ))
    }

    async fn upsert_device(
        &self,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn update_device_display_name(
        &self,
        _: &str,
        _: &str,
        _: &str,
    ) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn delete_device(&self, _: &str, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn sync_devices(
        &self,
        localpart: &str,
        devices: &[String],
    ) -> Result<(), HomeserverError> {
        self.hears(format!("devices {localpart} [{}]", devices.join(",")))
    }

    async fn delete_user(&self, localpart: &str, erase: bool) -> Result<(), HomeserverError> {
        self.hears(format!("delete {localpart} erase={erase}"))
    }

    async fn reactivate_user(&self, localpart: &str) -> Result<(), HomeserverError> {
        self.hears(format!("reactivate {localpart}"))
    }

    async fn set_displayname(&self, _: &str, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn unset_displayname(&self, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn allow_cross_signing_reset(&self, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    fn verify_token(&self, _: &str) -> bool {
        false
    }
}

#[derive(Debug)]
struct MovableClock(AtomicI64);

impl Clock for MovableClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

struct Stage {
    app: Arc<App>,
    homeserver: Arc<Recorder>,
    clock: Arc<MovableClock>,
    actor: Actor,
    _data: TempDir,
}

impl Stage {
    async fn set() -> Self {
        let data = tempfile::tempdir().unwrap();
        let homeserver = Arc::<Recorder>::default();
        let clock = Arc::new(MovableClock(AtomicI64::new(1_642_344_000_000_000)));
        let mut parts = parts(&data);
        parts.homeserver = homeserver.clone();
        parts.clock = clock.clone();
        Self {
            app: App::start(parts).await.unwrap(),
            homeserver,
            clock,
            actor: Actor::operator("test", Uuid::nil()),
            _data: data,
        }
    }

    fn pass(&self, time: Duration) {
        let time = i64::try_from(time.as_micros()).unwrap();
        self.clock.0.fetch_add(time, Ordering::SeqCst);
    }

    /// Does all that is due; answers with what the homeserver was told.
    async fn work(&self) -> Vec<String> {
        while let Some(taken) = self.app.outbox.take().await.unwrap() {
            do_one(&self.app, &taken).await;
        }
        self.homeserver.told()
    }

    async fn backlog(&self) -> Backlog {
        Backlog::read(&self.app.database).await.unwrap()
    }

    async fn alice(&self) -> UserId {
        let user = accounts::register(&self.app, &self.actor, "alice").await;
        let id = user.unwrap().id;
        assert_eq!(
            self.work().await,
            ["provision alice [] locked=false", "devices alice []"]
        );
        id
    }
}

#[tokio::test]
async fn each_change_is_told_as_it_stands() {
    let stage = Stage::set().await;
    let (app, actor) = (&stage.app, &stage.actor);
    let alice = stage.alice().await;
    let everybody = EmailUniqueness::Everybody;
    let email = accounts::add_email(app, actor, alice, "a@example.com", everybody).await;
    assert_eq!(
        stage.work().await,
        [
            "provision alice [a@example.com] locked=false",
            "devices alice []"
        ]
    );
    accounts::lock(app, actor, alice, false).await.unwrap();
    accounts::remove_email(app, actor, email.unwrap().id)
        .await
        .unwrap();
    assert_eq!(
        stage.work().await[..2],
        [
            "provision alice [] locked=true",
            "provision alice [] locked=true"
        ]
    );
    accounts::lock(app, actor, alice, false).await.unwrap();
    assert_eq!(stage.work().await, [""; 0], "nothing had changed");
    accounts::unlock(app, actor, alice, false).await.unwrap();
    assert_eq!(stage.work().await[0], "provision alice [] locked=false");
}

#[tokio::test]
async fn who_goes_and_comes_back_is_told_of() {
    let stage = Stage::set().await;
    let (app, actor) = (&stage.app, &stage.actor);
    let alice = stage.alice().await;
    accounts::deactivate(app, actor, alice, false)
        .await
        .unwrap();
    assert_eq!(stage.work().await, ["delete alice erase=false"]);
    accounts::reactivate(app, actor, alice).await.unwrap();
    assert_eq!(
        stage.work().await,
        [
            "reactivate alice",
            "provision alice [] locked=false",
            "devices alice []"
        ]
    );
    accounts::lock(app, actor, alice, true).await.unwrap();
    assert_eq!(stage.work().await, ["delete alice erase=true"]);
}

#[tokio::test]
async fn without_the_homeserver_nobody_is_added_or_comes_back() {
    let stage = Stage::set().await;
    let (app, actor) = (&stage.app, &stage.actor);
    let new = || NewUser {
        username: "bob".to_owned(),
        displayname: Some("Bob".to_owned()),
        ..NewUser::default()
    };
    let away = || HomeserverError::Unavailable("away".to_owned());
    stage.homeserver.will_fail(away());
    assert!(accounts::add_user(app, actor, new()).await.is_err());
    assert_eq!(stage.work().await, [""; 0], "nothing is left to be told");
    let bob = accounts::add_user(app, actor, new()).await.unwrap().id;
    assert_eq!(stage.work().await, ["provision bob [] locked=false"]);

    accounts::deactivate(app, actor, bob, false).await.unwrap();
    assert_eq!(stage.work().await, ["delete bob erase=false"]);
    stage.homeserver.will_fail(away());
    assert!(accounts::reactivate(app, actor, bob).await.is_err());
    let row = accounts::get(app, bob).await.unwrap();
    assert!(row.deactivated_at.is_some());
}

#[tokio::test]
async fn a_name_that_the_homeserver_reserves_is_given_away_on_demand_alone() {
    let stage = Stage::set().await;
    let (app, actor) = (&stage.app, &stage.actor);
    let new = |skip_homeserver_check| NewUser {
        username: "reserved".to_owned(),
        skip_homeserver_check,
        ..NewUser::default()
    };
    let refused = accounts::add_user(app, actor, new(false)).await;
    assert!(matches!(refused, Err(AccountError::UsernameReserved)));
    let refused = accounts::register_if_free(app, actor, "reserved", false).await;
    assert!(matches!(refused, Err(AccountError::UsernameReserved)));
    accounts::add_user(app, actor, new(true)).await.unwrap();
    let refused = accounts::add_user(app, actor, new(true)).await;
    assert!(matches!(refused, Err(AccountError::UsernameTaken)));
}

#[tokio::test]
async fn a_deletion_that_comes_too_late_does_nothing() {
    let stage = Stage::set().await;
    let (app, actor) = (&stage.app, &stage.actor);
    let alice = stage.alice().await;
    accounts::deactivate(app, actor, alice, true).await.unwrap();
    stage
        .homeserver
        .will_fail(HomeserverError::Unavailable("away".to_owned()));
    assert_eq!(stage.work().await, [""; 0]);
    accounts::reactivate(app, actor, alice).await.unwrap();
    stage.pass(Duration::from_secs(3600));
    let told = stage.work().await;
    assert!(
        !told.iter().any(|told| told.starts_with("delete")),
        "{told:?}"
    );
    assert_eq!(stage.backlog().await.waiting, 0);
}

#[tokio::test]
async fn an_erasure_is_told_though_nobody_knows_the_name_any_more() {
    let stage = Stage::set().await;
    let (app, actor) = (&stage.app, &stage.actor);
    let alice = stage.alice().await;
    // This waits, and goes with the person.
    accounts::lock(app, actor, alice, false).await.unwrap();
    accounts::erase(app, actor, alice).await.unwrap();
    assert_eq!(stage.work().await, ["delete alice erase=true"]);
}

#[tokio::test]
async fn a_homeserver_that_is_away_is_told_later_and_one_that_refuses_never() {
    let stage = Stage::set().await;
    let (app, actor) = (&stage.app, &stage.actor);
    let alice = stage.alice().await;
    stage
        .homeserver
        .will_fail(HomeserverError::Unavailable("away".to_owned()));
    accounts::lock(app, actor, alice, false).await.unwrap();
    assert_eq!(stage.work().await, [""; 0]);
    assert_eq!(stage.backlog().await.waiting, 1);
    stage.pass(Duration::from_secs(5));
    assert_eq!(stage.work().await.len(), 2);
    stage
        .homeserver
        .will_fail(HomeserverError::Refused("no".to_owned()));
    accounts::unlock(app, actor, alice, false).await.unwrap();
    assert_eq!(stage.work().await, [""; 0]);
    let backlog = stage.backlog().await;
    assert_eq!((backlog.waiting, backlog.failed), (0, 1));
}

#[tokio::test]
async fn without_a_homeserver_nothing_is_enqueued() {
    let data = tempfile::tempdir().unwrap();
    let app = App::start(parts(&data)).await.unwrap();
    let actor = Actor::operator("test", Uuid::nil());
    let alice = accounts::register(&app, &actor, "alice").await.unwrap().id;
    accounts::lock(&app, &actor, alice, true).await.unwrap();
    accounts::erase(&app, &actor, alice).await.unwrap();
    assert!(app.outbox.take().await.unwrap().is_none());
}

#[tokio::test]
async fn a_code_that_expired_is_not_sent() {
    let stage = Stage::set().await;
    let code = Effect::SendEmailCode {
        authentication_id: Uuid::from_u128(1),
        user_id: None,
        email: "alice@example.com".to_owned(),
        code: "123456".to_owned(),
        locale: "en".to_owned(),
        name: None,
        expires_at: stage.clock.now() + 1_000_000,
    };
    for (occasion, failed) in [(1, 0), (2, 1)] {
        let item = code
            .item(&stage.app.outbox, Uuid::from_u128(occasion))
            .unwrap();
        assert!(stage.app.outbox.enqueue_now(&item).await.unwrap());
        stage.work().await;
        assert_eq!(stage.backlog().await.failed, failed);
        stage.pass(Duration::from_secs(1));
    }
    let again = code.item(&stage.app.outbox, Uuid::from_u128(1)).unwrap();
    assert!(!stage.app.outbox.enqueue_now(&again).await.unwrap());
}

#[tokio::test]
async fn an_effect_from_another_version_is_given_up() {
    let stage = Stage::set().await;
    let new = muniment_store::outbox::NewItem {
        kind: "unheard_of",
        key: "unheard_of:1",
        payload: br#"{"kind": "unheard_of"}"#,
        user_id: None,
        due_at: None,
    };
    let item = stage.app.outbox.item(&new).unwrap();
    stage.app.outbox.enqueue_now(&item).await.unwrap();
    stage.work().await;
    assert_eq!(stage.backlog().await.failed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_woken_by_what_is_enqueued_and_finishes_when_stopped() {
    let stage = Stage::set().await;
    let worker = Worker::start(&stage.app);
    accounts::register(&stage.app, &stage.actor, "alice")
        .await
        .unwrap();
    let told = async {
        while stage.backlog().await.waiting > 0 || stage.homeserver.told.lock().unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), told)
        .await
        .unwrap();
    let stopped = tokio::time::timeout(Duration::from_secs(60), worker.stop()).await;
    stopped.unwrap();
}

static RUNS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// Two full batches and a bit, then an error.
fn counted(app: &App, _: i64) -> Batch<'_> {
    async {
        let run = {
            let mut runs = RUNS.lock().unwrap();
            let next = runs.len() as u64;
            runs.push(next);
            next
        };
        match run {
            0 | 1 => Ok(BATCH.into()),
            2 => Ok(7),
            _ => app
                .database
                .fetch_all(muniment_store::sql::query("nonsense"))
                .await
                .map(|_| 0)
                .map_err(AccountError::from),
        }
    }
    .boxed()
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_until_a_batch_is_not_full() {
    const HOUR: Duration = Duration::from_secs(3600);
    static JOB: [Job; 1] = [Job {
        name: "counted",
        every: 3_600_000_000,
        work: Work::Run(counted),
    }];
    let stage = Stage::set().await;
    let next = async || {
        let (_stop, stopped) = watch::channel(false);
        round(&stage.app, &JOB, &mut false, &stopped).await.unwrap();
        schedule::states(&stage.app.database)
            .await
            .unwrap()
            .remove(0)
    };
    let row = next().await;
    assert_eq!(row.due_at, stage.clock.now() + 300_000_000);
    assert_eq!(RUNS.lock().unwrap().len(), 0, "not due yet");
    stage.pass(HOUR);
    let row = next().await;
    assert_eq!(RUNS.lock().unwrap().len(), 3);
    assert_eq!(row.last_succeeded_at, Some(stage.clock.now()));
    assert_eq!(row.due_at, stage.clock.now() + 3_600_000_000);
    next().await;
    assert_eq!(RUNS.lock().unwrap().len(), 3);
    let succeeded_at = stage.clock.now();
    stage.pass(HOUR);
    let row = next().await;
    assert_eq!(RUNS.lock().unwrap().len(), 4);
    assert_eq!(row.last_succeeded_at, Some(succeeded_at), "it failed");
    assert_eq!(row.due_at, stage.clock.now() + 300_000_000);
}
