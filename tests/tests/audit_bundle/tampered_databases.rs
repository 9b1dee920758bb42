//! Each in turn: something is done to the database of a sealed log, and found by `log check`, by
//! whoever verifies a bundle of it against an earlier checkpoint, and, at the end of the log, by the
//! next sealing.

use muniment_store::{
    bundle::{Part, Verify},
    log::EventLog,
    sql::{Dialect, Transaction, query},
};
use muniment_tests::{TestDatabase, TestLog, audit_signer, each_backend, seal, seal_with};

use crate::support::{
    add_events, as_auditor, assert_says, check, export, lines, newest, other_signer, rehash, verify,
};

each_backend!(
    whatever_is_done_to_the_events_is_found,
    forged_checkpoints_are_found,
    a_log_that_was_rewritten_and_sealed_anew_is_found,
);

/// What is done.
struct Tampering {
    name: &'static str,
    /// `{p}` is the position of a sealed event, `{next}` that of the one after it, `{last}` that of the
    /// last one. `{json}` casts a text to what payloads are, `{uuid}` is a new id.
    sql: &'static [&'static str],
    /// Whether leaf hashes are made right again.
    rehashed: bool,
    /// What `log check` has to say.
    check: &'static [&'static str],
    /// What verifying a bundle has to say.
    verify: &'static [&'static str],
}

const LEAF: &str = "events: position {p}: leaf hash differs from the stored bytes";
const REWRITTEN: &str =
    "the earlier checkpoint: tree_size {old}: an event at position {old} or before was rewritten";
const SEALED: &str = "checkpoints: tree_size {old}: the events are not those that were sealed: the \
                      first that is not is one of 1 to {old}";

const TAMPERINGS: [Tampering; 9] = [
    Tampering {
        name: "one byte of a payload",
        sql: &[
            "UPDATE events SET payload = replace(CAST(payload AS TEXT), 'ocked', \
             'ockee'){json} WHERE position = {p}",
        ],
        rehashed: false,
        check: &[LEAF, SEALED],
        verify: &[LEAF, REWRITTEN],
    },
    Tampering {
        name: "two events swapped",
        sql: &[
            "UPDATE events SET position = -1 WHERE position = {p}",
            "UPDATE events SET position = {p} WHERE position = {next}",
            "UPDATE events SET position = {next} WHERE position = -1",
        ],
        rehashed: true,
        check: &["events: position {p}: sequence is", SEALED],
        verify: &["events: position {p}: sequence is", REWRITTEN],
    },
    Tampering {
        name: "one dropped",
        sql: &["DELETE FROM events WHERE position = {p}"],
        rehashed: false,
        check: &["events: position {p}: the event is missing, {next} follows"],
        verify: &["events: position {p}: the event is missing, {next} follows"],
    },
    Tampering {
        name: "the last dropped",
        sql: &["DELETE FROM events WHERE position = {last}"],
        rehashed: false,
        check: &["checkpoints: tree_size {last}: so many events were sealed, but the log ends at"],
        verify: &["events: position {last}: the event is missing"],
    },
    Tampering {
        name: "one inserted",
        sql: &[
            "UPDATE events SET position = -1 - position WHERE position >= {p}",
            "UPDATE events SET position = -position WHERE position < 0",
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, \
             payload, metadata, position, event_id, recorded_at, actor, correlation_id, \
             causation_id, subject, leaf_hash) \
             SELECT aggregate_type, aggregate_id, 9000, event_type, event_version, payload, \
             metadata, {p}, {uuid}, recorded_at, actor, correlation_id, causation_id, subject, \
             leaf_hash FROM events WHERE position = {next}",
        ],
        rehashed: true,
        check: &["events: position {p}: sequence is 9000", SEALED],
        verify: &["events: position {p}: sequence is 9000", REWRITTEN],
    },
    Tampering {
        name: "a time",
        sql: &["UPDATE events SET recorded_at = recorded_at + 1 WHERE position = {p}"],
        rehashed: false,
        check: &[LEAF],
        verify: &[LEAF, REWRITTEN],
    },
    Tampering {
        name: "an actor",
        sql: &["UPDATE events SET actor = 'operator:others', metadata = \
             replace(CAST(metadata AS TEXT), 'operator:tests', 'operator:others'){json} \
             WHERE position = {p}"],
        rehashed: false,
        check: &[LEAF],
        verify: &[LEAF, REWRITTEN],
    },
    Tampering {
        name: "an actor, with its hash",
        sql: &["UPDATE events SET actor = 'operator:others', metadata = \
             replace(CAST(metadata AS TEXT), 'operator:tests', 'operator:others'){json} \
             WHERE position = {p}"],
        rehashed: true,
        check: &[
            SEALED,
            "tree_nodes: positions 1 to 256: hash differs from that of the events",
        ],
        verify: &[
            "checkpoints.ndjson: tree_size {old}: the events are not those that were sealed: the \
             first that is not is at position {old} or before",
            REWRITTEN,
        ],
    },
    Tampering {
        name: "after the earlier checkpoint, with its hash",
        sql: &["UPDATE events SET actor = 'operator:others', metadata = \
             replace(CAST(metadata AS TEXT), 'operator:tests', 'operator:others'){json} \
             WHERE position = {last}"],
        rehashed: true,
        check: &[
            "checkpoints: tree_size {last}: the events are not those that were sealed: the first \
             that is not is one of",
        ],
        verify: &[
            "checkpoint.txt: tree_size {last}: the events are not those that were sealed: up to \
             position {old} they are",
        ],
    },
];

/// A sealed log, of which an auditor has an earlier checkpoint.
struct World {
    log: TestLog,
    alice: muniment_domain::UserId,
    old: String,
    /// Sizes of the earlier checkpoint and of the newest.
    sizes: (u64, u64),
}

impl World {
    async fn of(database: &TestDatabase) -> Self {
        let log = TestLog::open(database).await;
        let alice = log.register("alice").await;
        let bob = log.register("bob").await;
        add_events(&log, bob, 5).await;
        add_events(&log, alice, 300).await;
        let old = seal(&log).await;
        let note = newest(&log).await.note;
        add_events(&log, alice, 100).await;
        let new = seal(&log).await;
        Self {
            log,
            alice,
            old: note,
            sizes: (old, new),
        }
    }

    /// The place names of a text replaced.
    fn placed(&self, text: &str) -> String {
        let (old, last) = self.sizes;
        let (json, uuid) = match self.log.database.dialect() {
            Dialect::Sqlite => ("", "randomblob(16)"),
            Dialect::Postgres => ("::json", "gen_random_uuid()"),
        };
        // One of those that lock Alice.
        text.replace("{p}", &(old - 100).to_string())
            .replace("{next}", &(old - 99).to_string())
            .replace("{last}", &last.to_string())
            .replace("{old}", &old.to_string())
            .replace("{json}", json)
            .replace("{uuid}", uuid)
    }

    async fn run(&self, statements: &[&str]) {
        let mut transaction = Transaction::writing(&self.log.database).await.unwrap();
        for sql in statements {
            let sql = self.placed(sql);
            match transaction.execute(query(sql.clone())).await {
                Ok(touched) => assert!(touched > 0, "{sql}"),
                Err(error) => panic!("{sql}: {error}"),
            }
        }
        transaction.commit().await.unwrap();
    }

    async fn save(&self) {
        for table in ["events", "checkpoints", "tree_nodes"] {
            let copy = format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}");
            self.log.tamper(&copy).await;
        }
    }

    async fn restore(&self) {
        let mut transaction = Transaction::writing(&self.log.database).await.unwrap();
        for table in ["events", "checkpoints", "tree_nodes"] {
            for statement in [
                format!("DELETE FROM {table}"),
                format!("INSERT INTO {table} SELECT * FROM saved_{table}"),
            ] {
                transaction.execute(query(statement)).await.unwrap();
            }
        }
        transaction.commit().await.unwrap();
    }

    /// All positions of events whose leaf hash is not right.
    async fn rehash_all(&self) {
        let events = self.log.log.read_all(0, u32::MAX).await.unwrap();
        let wrong = events
            .iter()
            .filter(|event| muniment_store::log::leaf_hash(event) != event.leaf_hash);
        rehash(&self.log, wrong.map(|event| event.position)).await;
    }
}

async fn whatever_is_done_to_the_events_is_found(database: TestDatabase) {
    let world = World::of(&database).await;
    world.save().await;
    let placed =
        |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| world.placed(text)).collect() };
    for (tampering, number) in TAMPERINGS.iter().zip(0..) {
        let name = tampering.name;
        world.run(tampering.sql).await;
        if tampering.rehashed {
            world.rehash_all().await;
        }
        let expected = placed(tampering.check);
        let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
        assert_says(&check(&world.log, &database).await, &expected, name);
        let bundle = export(&world.log, &database, &format!("bundle-{number}")).await;
        let expected = placed(tampering.verify);
        let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
        let verified = verify(&bundle, &as_auditor(&world.old));
        assert_says(&lines(&verified.findings), &expected, name);
        world.restore().await;
    }
    assert_eq!(check(&world.log, &database).await, Vec::<String>::new());
    let bundle = export(&world.log, &database, "sound").await;
    let verified = verify(&bundle, &as_auditor(&world.old));
    assert_eq!(lines(&verified.findings), Vec::<String>::new());

    // At the end of the log, the next sealing finds it.
    let sealed = world.sizes.1;
    for (sql, says) in [
        (
            "DELETE FROM events WHERE position = {last}",
            format!(
                "the log ends at position {}, but {sealed} events",
                sealed - 1
            ),
        ),
        (
            "UPDATE events SET recorded_at = recorded_at - 1 WHERE position = {last}",
            format!("position {sealed}: leaf hash differs from the stored bytes"),
        ),
        (
            "UPDATE events SET event_id = {uuid} WHERE position = {last}",
            format!("the first {sealed} events are not those that were sealed"),
        ),
    ] {
        world.run(&[sql]).await;
        if sql.contains("event_id") {
            world.rehash_all().await;
        }
        if !sql.starts_with("DELETE") {
            add_events(&world.log, world.alice, 1).await;
        }
        let refused = seal_with(&world.log, &audit_signer()).await.unwrap_err();
        assert_says(&[refused.to_string()], &[&says], sql);
        world.restore().await;
    }
    world.log.close().await;
}

async fn forged_checkpoints_are_found(database: TestDatabase) {
    let world = World::of(&database).await;
    world.save().await;
    let (_, size) = world.sizes;
    let root = newest(&world.log).await.root;
    let set_note = async |note: String| {
        let update = query("UPDATE checkpoints SET note = $1 WHERE tree_size = $2")
            .bind(note)
            .bind(i64::try_from(size).unwrap());
        assert_eq!(world.log.database.execute(update).await.unwrap(), 1);
    };
    for (name, note, says) in [
        (
            "of another root",
            audit_signer().sign(size, [1; 32]),
            "the row differs from its note",
        ),
        (
            "by another key",
            other_signer().sign(size, root),
            "the note is not what was signed: it is not signed by the key",
        ),
        (
            "with a text that was changed",
            newest(&world.log)
                .await
                .note
                .replacen(&size.to_string(), &(size + 1).to_string(), 1),
            "the note is not what was signed: the signature is not that of its text",
        ),
    ] {
        set_note(note).await;
        let says = format!("checkpoints: tree_size {size}: {says}");
        assert_says(&check(&world.log, &database).await, &[&says], name);
        let refused = seal_with(&world.log, &audit_signer())
            .await
            .unwrap_err()
            .to_string();
        let says = format!("the checkpoint of {size} events is not what was signed");
        assert_says(&[refused], &[&says], name);
        let bundle = export(&world.log, &database, name).await;
        let verified = verify(&bundle, &as_auditor(&world.old));
        assert_says(&lines(&verified.findings), &["checkpoint.txt: "], name);
        world.restore().await;
    }
    world.log.close().await;
}

async fn a_log_that_was_rewritten_and_sealed_anew_is_found(database: TestDatabase) {
    let world = World::of(&database).await;
    // Whoever has the database and the key can make it agree with itself…
    world
        .run(&["UPDATE events SET event_id = {uuid} WHERE position = {p}"])
        .await;
    world.rehash_all().await;
    for table in ["checkpoints", "tree_nodes"] {
        world.log.tamper(&format!("DELETE FROM {table}")).await;
    }
    seal(&world.log).await;
    assert_eq!(check(&world.log, &database).await, Vec::<String>::new());
    let bundle = export(&world.log, &database, "same-key").await;
    assert!(verify(&bundle, &Verify::default()).findings.is_empty());
    // … but not with what others have kept.
    let verified = verify(&bundle, &as_auditor(&world.old));
    let expected = world.placed(REWRITTEN);
    assert_says(&lines(&verified.findings), &[&expected], "with the key");

    // Without the key, it is another log.
    world.log.tamper("DELETE FROM checkpoints").await;
    seal_with(&world.log, &other_signer()).await.unwrap();
    let target = database.folder().join("other-key");
    let key = other_signer().key().clone();
    let texts = muniment_store::bundle::Texts { catalogue: "" };
    muniment_store::bundle::export(
        &world.log.database,
        &key,
        &target,
        Part::default(),
        texts,
        |_, _| {},
    )
    .await
    .unwrap();
    assert!(verify(&target, &Verify::default()).findings.is_empty());
    let verified = verify(&target, &as_auditor(&world.old));
    assert_says(
        &lines(&verified.findings),
        &[
            "key.txt: the whole: the key of the bundle is not tests.example/log+",
            "checkpoint.txt: the whole: it is not signed by the key",
        ],
        "the key replaced",
    );
    world.log.close().await;
}
