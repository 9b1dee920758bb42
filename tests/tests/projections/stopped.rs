//! What is asked of a read model that is stopped is what its rebuild will show.

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, Client, ClientCommand, ClientMetadata, CompatSession,
    CompatSessionCommand, EmailId, Oauth2Session, Oauth2SessionCommand, PersonalSession,
    PersonalSessionCommand, SessionEnd, UpstreamProviderId, UserCommand, UserId,
};
use muniment_projections::queries::{
    BrowserSessionRow, ClientRow, CompatSessionRow, EmailRow, Oauth2SessionRow, PersonalSessionRow,
    UpstreamLinkRow, UserRow, active_compat_devices, active_oauth2_scopes, active_personal_scopes,
    all_emails, browser_session, compat_bearer, compat_refresh_bearer, compat_session, email,
    emails_with_address, erasures_of, oauth2_session, personal_bearer, personal_session,
    refresh_bearer, registered_client, upstream_link, upstream_link_of, user, user_by_username,
};
use muniment_store::{Erasure, sql::DatabaseError};
use muniment_tests::{
    Sessions, TestDatabase, TestLog, client, each_backend, register, rows_of_every_kind,
    sign_in_everywhere,
};

use crate::support::rebuild;

each_backend!(
    each_end_is_told_before_the_rebuild,
    what_ends_with_a_client_and_with_an_account_is_told_before_the_rebuild,
    devices_are_not_told,
);

macro_rules! run {
    ($log:expr, $aggregate:ty, $id:expr, $command:expr) => {
        $log.journal
            .execute::<$aggregate>($id.as_uuid(), $command, $log.execution())
            .await
            .unwrap()
    };
}

struct Scene {
    log: TestLog,
    alice: UserId,
    bob: UserId,
    dave: UserId,
    first: EmailId,
    second: EmailId,
    sessions: Sessions,
}

/// All that is asked when it is decided whether somebody may.
#[derive(PartialEq)]
struct Told {
    users: Vec<Option<UserRow>>,
    named: Vec<Option<UserRow>>,
    browser: Option<BrowserSessionRow>,
    oauth2: Option<Oauth2SessionRow>,
    compat: Option<CompatSessionRow>,
    personal: Option<PersonalSessionRow>,
    /// As tokens find them.
    by_refresh_token: Option<(Oauth2SessionRow, Option<UserRow>)>,
    by_compat_tokens: Vec<Option<(CompatSessionRow, Option<UserRow>)>>,
    by_personal_token: Option<(PersonalSessionRow, Option<UserRow>)>,
    clients: Vec<Option<ClientRow>>,
    emails: Vec<Vec<EmailRow>>,
    email: Vec<Option<EmailRow>>,
    links: Vec<Option<UpstreamLinkRow>>,
    erasures: Vec<Vec<Erasure>>,
}

impl Scene {
    async fn new(database: &TestDatabase) -> Self {
        let log = TestLog::open(database).await;
        let alice = log.register("alice").await;
        let bob = log.register("bob").await;
        let register = ClientCommand::RegisterClient {
            client_id: client(3),
            metadata: Box::new(ClientMetadata::default()),
        };
        run!(log, Client, client(3), register);
        let sessions = sign_in_everywhere(&log, alice).await;
        rows_of_every_kind(&log, alice, &sessions).await;
        let first = log.add_email(alice, "alice@example.com").await.unwrap();
        let second = log.add_email(alice, "Shared@example.com").await.unwrap();
        Self {
            alice,
            bob,
            dave: log.new_user_id(),
            first,
            second,
            sessions,
            log,
        }
    }

    async fn stop_all(&self) {
        self.log
            .tamper(
                "INSERT INTO stopped_projections (name, stopped_at_position, reason) \
                 SELECT name, 1, 'a test' FROM projections",
            )
            .await;
    }

    async fn told(&self) -> Told {
        let reads = &self.log.reads;
        let people = [self.alice, self.bob, self.dave];
        let mut users = Vec::new();
        let mut emails = Vec::new();
        let mut erasures = Vec::new();
        for person in people {
            users.push(user(reads, person).await.unwrap());
            emails.push(all_emails(reads, person).await.unwrap());
            let mut of_person = erasures_of(reads, person).await.unwrap();
            of_person.sort_by_key(|erasure| erasure.key_id);
            erasures.push(of_person);
        }
        for address in ["ALICE@example.com", "shared@example.com", "no@example.com"] {
            emails.push(emails_with_address(reads, address, 2).await.unwrap());
        }
        let mut named = Vec::new();
        for name in ["Alice", "bob", "dave", "nobody"] {
            named.push(user_by_username(reads, name).await.unwrap());
        }
        let mut email_rows = Vec::new();
        for id in [self.first, self.second] {
            email_rows.push(email(reads, id).await.unwrap());
        }
        let provider = UpstreamProviderId::default();
        let link = upstream_link_of(reads, provider, "alice-elsewhere").await;
        let sessions = &self.sessions;
        let refresh = refresh_bearer(reads, &[201; 32]).await.unwrap();
        let compat = compat_bearer(reads, &[202; 32]).await.unwrap();
        let compat_refresh = compat_refresh_bearer(reads, &[203; 32]).await.unwrap();
        let personal = personal_bearer(reads, &[204; 32]).await.unwrap();
        Told {
            users,
            named,
            browser: browser_session(reads, sessions.browser).await.unwrap(),
            oauth2: oauth2_session(reads, sessions.oauth2).await.unwrap(),
            compat: compat_session(reads, sessions.compat).await.unwrap(),
            personal: personal_session(reads, sessions.personal).await.unwrap(),
            by_refresh_token: refresh.map(|found| (found.session, found.user)),
            by_compat_tokens: [compat, compat_refresh]
                .map(|found| found.map(|found| (found.session, found.user)))
                .into(),
            by_personal_token: personal.map(|found| (found.session, found.actor)),
            clients: vec![
                registered_client(reads, client(3)).await.unwrap(),
                registered_client(reads, client(5)).await.unwrap(),
            ],
            emails,
            email: email_rows,
            links: vec![
                link.unwrap(),
                upstream_link(reads, sessions.link).await.unwrap(),
            ],
            erasures,
        }
    }

    /// Runs a change while everything is stopped: it shows at once, and as it will after a rebuild.
    async fn shows(&self, what: &str, change: impl AsyncFnOnce(&Self)) {
        self.stop_all().await;
        let before = self.told().await;
        self.log.clock.step(1);
        change(self).await;
        assert!(self.log.count("stopped_projections").await > 0);
        let told = self.told().await;
        assert!(told != before, "{what} does not show");
        rebuild(&self.log).await;
        assert_eq!(self.log.count("stopped_projections").await, 0);
        assert!(told == self.told().await, "{what} shows otherwise");
    }
}

async fn each_end_is_told_before_the_rebuild(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    let reason = SessionEnd::SignedOut;
    scene
        .shows("a lock", async |scene| {
            let lock = UserCommand::LockUser { deactivate: false };
            scene.log.execute(scene.bob, lock).await.unwrap();
        })
        .await;
    scene
        .shows("a registration", async |scene| {
            let command = register(scene.dave, "dave");
            scene.log.execute(scene.dave, command).await.unwrap();
        })
        .await;
    scene
        .shows("an address", async |scene| {
            let added = scene.log.add_email(scene.bob, "SHARED@example.com").await;
            added.unwrap();
        })
        .await;
    scene
        .shows("an address that is removed", async |scene| {
            let remove = UserCommand::RemoveEmail {
                email_id: scene.second,
            };
            scene.log.execute(scene.alice, remove).await.unwrap();
        })
        .await;
    scene
        .shows("a link that is removed", async |scene| {
            let unlink = UserCommand::UnlinkUpstream {
                link_id: scene.sessions.link,
            };
            scene.log.execute(scene.alice, unlink).await.unwrap();
        })
        .await;
    scene
        .shows("a browser's end", async |scene| {
            let finish = BrowserSessionCommand::FinishBrowserSession { reason };
            run!(scene.log, BrowserSession, scene.sessions.browser, finish);
        })
        .await;
    scene
        .shows("a client's session's end", async |scene| {
            let finish = Oauth2SessionCommand::FinishOauth2Session { reason };
            run!(scene.log, Oauth2Session, scene.sessions.oauth2, finish);
        })
        .await;
    scene
        .shows("a legacy session's end", async |scene| {
            let finish = CompatSessionCommand::FinishCompatSession { reason };
            run!(scene.log, CompatSession, scene.sessions.compat, finish);
        })
        .await;
    scene
        .shows("a personal session's end", async |scene| {
            let revoke = PersonalSessionCommand::RevokePersonalSession { reason };
            run!(scene.log, PersonalSession, scene.sessions.personal, revoke);
        })
        .await;
}

async fn what_ends_with_a_client_and_with_an_account_is_told_before_the_rebuild(
    database: TestDatabase,
) {
    let scene = Scene::new(&database).await;
    scene
        .shows("a client's end", async |scene| {
            run!(scene.log, Client, client(3), ClientCommand::DeleteClient);
        })
        .await;
    scene
        .shows("an account's end", async |scene| {
            let deactivate = UserCommand::DeactivateUser { erase: true };
            scene.log.execute(scene.alice, deactivate).await.unwrap();
        })
        .await;
    scene
        .shows("an account's return", async |scene| {
            let back = UserCommand::ReactivateUser;
            scene.log.execute(scene.alice, back).await.unwrap();
        })
        .await;
    scene
        .shows("an erasure", async |scene| {
            scene
                .log
                .execute(scene.alice, UserCommand::EraseUser)
                .await
                .unwrap();
        })
        .await;
}

async fn devices_are_not_told(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    let (reads, alice) = (&scene.log.reads, scene.alice);
    assert_eq!(active_compat_devices(reads, alice).await.unwrap().len(), 1);
    scene.stop_all().await;
    let unknown = |error| matches!(error, DatabaseError::Unknown(_));
    assert!(
        active_compat_devices(reads, alice)
            .await
            .is_err_and(unknown)
    );
    assert!(active_oauth2_scopes(reads, alice).await.is_err_and(unknown));
    assert!(
        active_personal_scopes(reads, alice)
            .await
            .is_err_and(unknown)
    );
}
