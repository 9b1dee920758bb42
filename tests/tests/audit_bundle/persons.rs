//! Bundles about one person.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use muniment_domain::UserId;
use muniment_store::{
    bundle::{Part, Reader, Verify},
    log::{RecordedEvent, leaf_hash},
    tree::Frontier,
};
use muniment_tests::{Backend, TestDatabase, TestLog, each_backend, rich_history, seal};
use serde_json::{Value, json};

use crate::support::{
    add_events, as_auditor, assert_says, export, export_part, lines, newest, verify,
};

each_backend!(
    their_events_prove_themselves,
    nobody_else_is_in_it,
    a_part_of_the_log_about_them_proves_itself,
);

const NOTHING: Vec<String> = Vec::new();

async fn export_about(log: &TestLog, target: &Path, user: UserId) -> PathBuf {
    let part = Part {
        user: Some(user.as_uuid()),
        ..Part::default()
    };
    export_part(log, target, part).await;
    target.to_owned()
}

fn events_of(bundle: &Path) -> Vec<RecordedEvent> {
    let reader = Reader::open(bundle).unwrap();
    reader.events().map(Result::unwrap).collect()
}

async fn their_events_prove_themselves(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    seal(&log).await;
    let old = newest(&log).await.note;
    for more in [1, 4_200, 7] {
        add_events(&log, cast.alice, more).await;
        add_events(&log, cast.bob, 3).await;
    }
    seal(&log).await;
    let all = log.events().await;
    let nobody = log.new_user_id();
    for user in [cast.alice, cast.bob, cast.erin, nobody] {
        let bundle = export_about(&log, &database.folder().join(user.to_string()), user).await;
        let about = all
            .iter()
            .filter(|event| event.subject == Some(user.as_uuid()));
        let about: Vec<RecordedEvent> = about.cloned().collect();
        assert_eq!(events_of(&bundle), about);
        let verified = verify(&bundle, &as_auditor(&old));
        assert_eq!(lines(&verified.findings), NOTHING);
        assert_eq!(verified.events, about.len() as u64);
        assert_eq!(verified.manifest.user, Some(user.as_uuid()));
        assert_eq!(verified.root, newest(&log).await.root);
    }
    let alice = database.folder().join(cast.alice.to_string());
    assert_eq!(Reader::open(&alice).unwrap().manifest().segments.len(), 2);
    log.close().await;
}

async fn nobody_else_is_in_it(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    seal(&log).await;
    let bundle = export_about(&log, &database.folder().join("carol"), cast.carol).await;
    let mut text = String::new();
    for file in fs::read_dir(bundle.join("events")).unwrap() {
        text += &fs::read_to_string(file.unwrap().path()).unwrap();
    }
    assert!(text.contains(&cast.carol.as_uuid().to_string()));
    for other in [cast.alice, cast.bob, cast.dave, cast.erin] {
        assert!(!text.contains(&other.as_uuid().to_string()));
        assert!(!text.contains(&other.to_string()));
    }
    log.close().await;
}

async fn a_part_of_the_log_about_them_proves_itself(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let mut notes = Vec::new();
    for more in [99, 300, 260] {
        add_events(&log, alice, more).await;
        add_events(&log, bob, more).await;
        seal(&log).await;
        notes.push(newest(&log).await.note);
    }
    let all = log.events().await;
    let end = all.len() as u64;
    for (first, last) in [(1, 256), (150, 151), (101, 900), (257, end), (end, end)] {
        let target = database.folder().join(format!("part-{first}"));
        let part = Part {
            first: Some(first),
            last: Some(last),
            user: Some(bob.as_uuid()),
        };
        let exported = export_part(&log, &target, part).await;
        let about = all.iter().filter(|event| {
            (first..=last).contains(&event.position) && event.subject == Some(bob.as_uuid())
        });
        let about: Vec<RecordedEvent> = about.cloned().collect();
        assert_eq!(exported.events, about.len() as u64);
        assert_eq!(events_of(&target), about);
        for note in &notes {
            let verified = verify(&target, &as_auditor(note));
            assert_eq!(lines(&verified.findings), NOTHING, "{first} {last}");
        }
    }
    log.close().await;
}

/// A bundle about Alice, whose lines can be altered.
struct Forger {
    bundle: PathBuf,
    lines: Vec<Value>,
}

impl Forger {
    fn file(&self) -> PathBuf {
        self.bundle.join("events/000000000001.ndjson")
    }

    /// The number of the line of an event, counted from the first of Alice's.
    fn event(&self, number: usize) -> usize {
        let events = self.lines.iter().enumerate();
        let mut events = events.filter(|(_, line)| line.get("event_id").is_some());
        events.nth(number).unwrap().0
    }

    fn omission(&mut self) -> &mut Value {
        let omitted = |line: &&mut Value| line["subtrees"].as_array().is_some_and(|s| s.len() > 1);
        self.lines.iter_mut().find(omitted).unwrap()
    }

    fn write(&self) {
        let lines: Vec<String> = self.lines.iter().map(Value::to_string).collect();
        fs::write(self.file(), lines.join("\n") + "\n").unwrap();
    }

    /// Makes every leaf hash right, and the segment's.
    fn rehash(&mut self) {
        self.write();
        let mut tree = Frontier::default();
        for (number, event) in events_of(&self.bundle).iter().enumerate() {
            let leaf = leaf_hash(event);
            tree.push(leaf);
            let line = self.event(number);
            self.lines[line]["leaf_hash"] = STANDARD.encode(leaf).into();
        }
        self.manifest(|manifest| {
            manifest["segments"][0]["root"] = STANDARD.encode(tree.root()).into();
        });
    }

    fn manifest(&self, change: impl FnOnce(&mut Value)) {
        let path = self.bundle.join("manifest.json");
        let mut manifest = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut manifest);
        fs::write(path, manifest.to_string()).unwrap();
    }
}

/// What is done, and what has to be said of it.
type Forgery = (&'static str, fn(&mut Forger), &'static str);

const SEALED: &str = "the events are not those that were sealed";

const FORGERIES: [Forgery; 10] = [
    (
        "one byte of a payload",
        |bundle| {
            let line = bundle.event(3);
            let payload = bundle.lines[line]["payload"].as_str().unwrap().to_owned();
            bundle.lines[line]["payload"] = (payload + " ").into();
        },
        "leaf hash differs from the stored bytes",
    ),
    (
        "one byte of a payload, with its hashes",
        |bundle| {
            let line = bundle.event(3);
            let payload = bundle.lines[line]["payload"].as_str().unwrap().to_owned();
            bundle.lines[line]["payload"] = (payload + " ").into();
            bundle.rehash();
        },
        SEALED,
    ),
    (
        "a time, with its hashes",
        |bundle| {
            let line = bundle.event(3);
            let at = bundle.lines[line]["recorded_at"].as_i64().unwrap();
            bundle.lines[line]["recorded_at"] = (at + 1).into();
            bundle.rehash();
        },
        SEALED,
    ),
    (
        "an event dropped",
        |bundle| {
            let line = bundle.event(2);
            bundle.lines.remove(line);
        },
        "the event is missing",
    ),
    (
        "two events swapped",
        |bundle| {
            let (one, other) = (bundle.event(2), bundle.event(3));
            bundle.lines.swap(one, other);
        },
        "is in its place",
    ),
    (
        "an event that stands for another, left out by its own hash",
        |bundle| {
            let line = bundle.event(2);
            let position = bundle.lines[line]["position"].clone();
            let hash = bundle.lines[bundle.event(3)]["leaf_hash"].clone();
            bundle.lines[line] =
                json!({"omitted_from": position, "omitted_to": position, "subtrees": [hash]});
            bundle.rehash();
        },
        SEALED,
    ),
    (
        "a hash of what is left out",
        |bundle| bundle.omission()["subtrees"][1] = STANDARD.encode([7; 32]).into(),
        SEALED,
    ),
    (
        "fewer hashes of what is left out",
        |bundle| drop(bundle.omission()["subtrees"].as_array_mut().unwrap().pop()),
        "the hashes of what is left out from here are not all there",
    ),
    (
        "more left out than there is",
        |bundle| bundle.omission()["omitted_to"] = u64::MAX.into(),
        "the hashes of what is left out from here are not all there",
    ),
    (
        "passed off as a bundle of everything",
        |bundle| bundle.manifest(|manifest| drop(manifest.as_object_mut().unwrap().remove("user"))),
        "it is left out of a bundle that is to leave out nothing",
    ),
];

/// A bundle about Alice, of a log in which others are too.
async fn about_alice(database: &TestDatabase) -> (PathBuf, PathBuf) {
    let log = TestLog::open(database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    for more in [5, 2, 9] {
        add_events(&log, bob, more).await;
        add_events(&log, alice, more).await;
    }
    seal(&log).await;
    let bundle = export_about(&log, &database.folder().join("alice"), alice).await;
    let whole = export(&log, database, "whole").await;
    log.close().await;
    (bundle, whole)
}

fn forger(bundle: &Path) -> Forger {
    let mut forger = Forger {
        bundle: bundle.to_owned(),
        lines: Vec::new(),
    };
    let text = fs::read_to_string(forger.file()).unwrap();
    forger.lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    forger
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_it_is_found() {
    let database = TestDatabase::new(Backend::Sqlite).await;
    let (bundle, _) = about_alice(&database).await;
    assert_eq!(
        lines(&verify(&bundle, &Verify::default()).findings),
        NOTHING
    );
    let manifest = fs::read_to_string(bundle.join("manifest.json")).unwrap();
    let events = fs::read_to_string(forger(&bundle).file()).unwrap();
    for (name, forge, says) in FORGERIES {
        let mut forger = forger(&bundle);
        forge(&mut forger);
        forger.write();
        let verified = verify(&bundle, &Verify::default());
        assert_says(&lines(&verified.findings), &[says], name);
        fs::write(bundle.join("manifest.json"), &manifest).unwrap();
        fs::write(forger.file(), &events).unwrap();
    }
}

/// What the documents say is not proven.
#[tokio::test(flavor = "multi_thread")]
async fn that_nothing_about_them_is_left_out_is_not_proven() {
    let database = TestDatabase::new(Backend::Sqlite).await;
    let (bundle, whole) = about_alice(&database).await;
    let mut forger = forger(&bundle);
    let line = forger.event(0);
    let position = forger.lines[line]["position"].as_u64().unwrap();
    let left_out = events_of(&whole)
        .iter()
        .find(|event| event.position == position)
        .map(|event| STANDARD.encode(event.leaf_hash));
    forger.lines[line] =
        json!({"omitted_from": position, "omitted_to": position, "subtrees": [left_out]});
    forger.rehash();
    forger.write();
    assert_eq!(
        lines(&verify(&bundle, &Verify::default()).findings),
        NOTHING
    );
}
