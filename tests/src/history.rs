//! A history with something of everything that can happen.

use muniment_domain::{
    GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId, Scope, TokenId, User,
    UserCommand, UserId,
};
use muniment_store::{
    Clock, Erasure, KeyRing, MasterSecret, VaultWrite,
    log::IdempotencyKey,
    outbox::NewItem,
    signing_keys::{self, SigningKeyRow},
    tokens::NewAccessToken,
};

use crate::{
    LogSetup, TestDatabase, TestEntropy, TestLog, client, rows_of_every_kind,
    sealing::{add_audit_key, seal},
    sign_in_everywhere,
};

/// Who took part.
#[derive(Debug, Clone, Copy)]
pub struct Cast {
    /// Has two addresses, one removed and added again, and her second password.
    pub alice: UserId,
    /// Was locked and unlocked, shares an address with Alice, may administrate.
    pub bob: UserId,
    /// Was deactivated, came back, and has a password again.
    pub carol: UserId,
    /// Is deactivated, and his addresses are shredded.
    pub dave: UserId,
    /// Was erased, and her keys are destroyed.
    pub erin: UserId,
}

/// Writes it; all of it is followed by the read models.
pub async fn rich_history(log: &TestLog, database: &TestDatabase) -> Cast {
    rich_history_under(log, database, &LogSetup::default().master).await
}

/// The same, where keys are wrapped under another secret than that of tests.
pub async fn rich_history_under(
    log: &TestLog,
    database: &TestDatabase,
    master: &MasterSecret,
) -> Cast {
    let cast = Cast {
        alice: account(log, "alice").await,
        bob: account(log, "bob").await,
        carol: account(log, "carol").await,
        dave: account(log, "dave").await,
        erin: account(log, "erin").await,
    };
    let Cast {
        alice,
        bob,
        carol,
        dave,
        erin,
    } = cast;
    log.clock.step(1_000_000);
    let former = log.add_email(alice, "a@example.com").await.unwrap();
    run(log, alice, UserCommand::RemoveEmail { email_id: former }).await;
    log.add_email(alice, "a@example.com").await.unwrap();
    log.add_email(bob, "a@example.com").await.unwrap();
    log.set_password(alice, "another hash").await.unwrap();
    let sessions = sign_in_everywhere(log, bob).await;
    rows_of_every_kind(log, bob, &sessions).await;
    run(log, bob, UserCommand::LockUser { deactivate: false }).await;
    run(log, bob, UserCommand::UnlockUser { reactivate: false }).await;
    run(log, bob, UserCommand::GrantAdmin).await;
    log.clock.step(1_000_000);
    run(log, carol, UserCommand::DeactivateUser { erase: false }).await;
    run(log, carol, UserCommand::ReactivateUser).await;
    log.set_password(carol, "a new hash").await.unwrap();
    run(log, dave, UserCommand::DeactivateUser { erase: true }).await;
    run(log, erin, UserCommand::EraseUser).await;
    let ring = ring(log, database, master).await;
    destroy_keys(log, &ring).await;
    add_signing_key(log, &ring).await;
    add_audit_key(log, &ring).await;
    seal(log).await;
    log.clock.step(1_000_000);
    log.start_session(client(2), None).await.unwrap();
    run_once(log, bob, UserCommand::RevokeAdmin).await;
    run_telling(log, database, master, bob, UserCommand::GrantAdmin).await;
    cast
}

/// An account with an address, a password and a session with its token.
async fn account(log: &TestLog, name: &str) -> UserId {
    log.clock.step(1_000);
    let user = log.register(name).await;
    let address = format!("{name}@example.com");
    log.add_email(user, &address).await.unwrap();
    log.set_password(user, "hash").await.unwrap();
    let session_id = Oauth2SessionId::from_uuid(log.ids.ulid());
    let mut token_hash = [0; 32];
    token_hash[..16].copy_from_slice(session_id.as_uuid().as_bytes());
    let execution = log
        .execution()
        .with_vault(VaultWrite::PutAccessToken(NewAccessToken {
            id: TokenId::from_uuid(log.ids.ulid()),
            session_id,
            user_id: Some(user),
            token_hash,
            created_at: 1,
            expires_at: None,
        }));
    let command = Oauth2SessionCommand::StartOauth2Session {
        session_id,
        client_id: client(1),
        user_id: Some(user),
        scope: Scope::ADMIN.parse().unwrap(),
        grant: GrantType::Issued,
        browser_session_id: None,
        user_agent: None,
        ip: None,
    };
    log.journal
        .execute::<Oauth2Session>(session_id.as_uuid(), command, execution)
        .await
        .unwrap();
    user
}

async fn run(log: &TestLog, user: UserId, command: UserCommand) {
    log.execute(user, command).await.unwrap();
}

/// The last thing that happens, with something to be done outside of the database.
async fn run_telling(
    log: &TestLog,
    database: &TestDatabase,
    master: &MasterSecret,
    user: UserId,
    command: UserCommand,
) {
    let outbox = log.outbox_under(database, master).await;
    let new = NewItem {
        kind: "provision_user",
        key: "provision_user:1",
        payload: b"{}",
        user_id: Some(user),
        due_at: None,
    };
    let item = outbox.item(&new).unwrap();
    let execution = log.execution().with_vault(VaultWrite::Enqueue(item));
    log.journal
        .execute::<User>(user.as_uuid(), command, execution)
        .await
        .unwrap();
}

/// With an idempotency key, which is then remembered.
async fn run_once(log: &TestLog, user: UserId, command: UserCommand) {
    let mut execution = log.execution();
    execution.idempotency = Some(IdempotencyKey {
        key: "once".to_owned(),
        digest: [1; 32],
    });
    log.journal
        .execute::<User>(user.as_uuid(), command, execution)
        .await
        .unwrap();
}

async fn ring(log: &TestLog, database: &TestDatabase, master: &MasterSecret) -> KeyRing {
    let keys = database.options().open_keys(&log.database).await.unwrap();
    KeyRing::open(keys, &log.database, master, TestEntropy::next())
        .await
        .unwrap()
}

/// As the first start of a server does.
async fn add_signing_key(log: &TestLog, ring: &KeyRing) {
    let key = SigningKeyRow {
        kid: "of the tests".to_owned(),
        kind: "p256".to_owned(),
        key: include_bytes!("../../api/src/signing/testdata/p256.pkcs8.der")
            .to_vec()
            .into(),
        created_at: log.clock.now(),
    };
    let keys = [key];
    signing_keys::add_first(&log.database, &ring.sealer(), &keys)
        .await
        .unwrap();
}

/// Destroys the keys that the log says are destroyed, as every server does.
pub async fn destroy_erased(log: &TestLog, database: &TestDatabase, master: &MasterSecret) {
    destroy_keys(log, &ring(log, database, master).await).await;
}

async fn destroy_keys(log: &TestLog, ring: &KeyRing) {
    let erasures: Vec<Erasure> = muniment_projections::queries::erasures_after(&log.database, None)
        .await
        .unwrap();
    assert!(!erasures.is_empty());
    ring.destroy(&erasures).await.unwrap();
}
