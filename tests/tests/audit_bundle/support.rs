//! A log that is sealed, and a bundle of it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use muniment_domain::{UserEvent, UserId};
use muniment_store::{
    Codec, KeyRing,
    bundle::{self, Exported, Part, Texts, Verified, Verify},
    check::{Check, Findings},
    log::{Append, EventLog, StreamAppend, StreamId, leaf_hash},
    sql::{Transaction, query},
    tree::{self, CheckpointRow, Signer},
};
use muniment_tests::{LogSetup, TestDatabase, TestEntropy, TestLog, audit_signer};

/// One that somebody else has, under the same name.
pub fn other_signer() -> Signer {
    Signer::from_seed("tests.example/log", &[8; 32]).unwrap()
}

/// Locks and unlocks an account `count` times in turn, in one append.
pub async fn add_events(log: &TestLog, user: UserId, count: usize) {
    let stream = StreamId::new("user", user.as_uuid());
    let so_far = log.log.read_stream(&stream, 0, u32::MAX).await.unwrap();
    let mut events = Vec::new();
    for n in 0..count {
        let event = if n % 2 == 0 {
            UserEvent::UserLocked { user_id: user }
        } else {
            UserEvent::UserUnlocked { user_id: user }
        };
        let event_id = log.ids.event_id();
        events.push(log.codec.seal(&event, event_id).await.unwrap());
    }
    let mut append = Append::new(log.metadata());
    append.streams.push(StreamAppend {
        stream,
        expected_version: so_far.len() as u64,
        events,
    });
    log.log.append(append).await.unwrap();
}

/// The newest checkpoint.
pub async fn newest(log: &TestLog) -> CheckpointRow {
    let mut moment = Transaction::snapshot(&log.database).await.unwrap();
    tree::latest(&mut moment).await.unwrap().unwrap()
}

pub async fn export_part(log: &TestLog, target: &Path, part: Part) -> Exported {
    let key = audit_signer().key().clone();
    let texts = Texts {
        catalogue: "# Events\n",
    };
    bundle::export(&log.database, &key, target, part, texts, |_, _| {})
        .await
        .unwrap()
}

/// A bundle of everything, in the test's folder.
pub async fn export(log: &TestLog, database: &TestDatabase, name: &str) -> PathBuf {
    let target = database.folder().join(name);
    export_part(log, &target, Part::default()).await;
    target
}

pub fn verify(bundle: &Path, with: &Verify) -> Verified {
    bundle::verify(bundle, with, |_, _| {}).unwrap()
}

/// As somebody verifies it who was given the key, and has kept an older checkpoint.
pub fn as_auditor(old: &str) -> Verify {
    Verify {
        key: Some(audit_signer().key().clone()),
        against: Some(old.to_owned()),
    }
}

pub fn lines(findings: &Findings) -> Vec<String> {
    findings.told().iter().map(ToString::to_string).collect()
}

#[track_caller]
pub fn assert_says(found: &[String], expected: &[&str], case: &str) {
    assert!(!found.is_empty(), "{case}: nothing was found");
    for wanted in expected {
        assert!(
            found.iter().any(|line| line.contains(wanted)),
            "{case}: {wanted:?} is not in {found:#?}"
        );
    }
}

/// What `log check` finds.
pub async fn check(log: &TestLog, database: &TestDatabase) -> Vec<String> {
    let keys = database.options().open_keys(&log.database).await.unwrap();
    let master = LogSetup::default().master;
    let ring = KeyRing::open(keys.clone(), &log.database, &master, TestEntropy::next());
    let codec = Codec::new(Arc::new(ring.await.unwrap()));
    let signer = audit_signer();
    let check = Check {
        database: &log.database,
        keys: &keys,
        codec: &codec,
        hasher: &log.hasher,
        read_models: &*log.projections,
        audit_key: Some(signer.key()),
    };
    let report = check.run(|_, _| {}).await.unwrap();
    lines(&report.findings)
}

/// Gives the events at these positions the leaf hashes of what is stored now.
pub async fn rehash(log: &TestLog, positions: impl IntoIterator<Item = u64>) {
    for position in positions {
        let event = log.log.read_all(position - 1, 1).await.unwrap().remove(0);
        let update = query("UPDATE events SET leaf_hash = $1 WHERE position = $2")
            .bind(leaf_hash(&event).as_slice())
            .bind(i64::try_from(position).unwrap());
        assert_eq!(log.database.execute(update).await.unwrap(), 1);
    }
}
