//! Each in turn: something is done to the files of a bundle, and found. No database is needed for that,
//! so one is enough to make the bundle.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use muniment_store::{
    bundle::{self, BundleError, Reader, Verify},
    log::leaf_hash,
    tree::Frontier,
};
use muniment_tests::{Backend, TestDatabase, TestLog, audit_signer, seal};
use serde_json::Value;

use crate::support::{
    add_events, as_auditor, assert_says, export, lines, newest, other_signer, verify,
};

const EVENTS: &str = "events/000000000001.ndjson";

/// A bundle, with the means to alter it.
struct Forger {
    bundle: PathBuf,
    lines: Vec<String>,
}

impl Forger {
    fn of(bundle: &Path) -> Self {
        let text = fs::read_to_string(bundle.join(EVENTS)).unwrap();
        Self {
            bundle: bundle.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    fn write(&self) {
        fs::write(self.bundle.join(EVENTS), self.lines.join("\n") + "\n").unwrap();
    }

    /// Alters a text of the event at a position.
    fn replace(&mut self, position: usize, from: &str, to: &str) {
        let changed = self.lines[position - 1].replacen(from, to, 1);
        assert_ne!(changed, self.lines[position - 1], "{from}");
        self.lines[position - 1] = changed;
    }

    fn set(&mut self, position: usize, member: &str, value: Value) {
        let mut line: Value = serde_json::from_str(&self.lines[position - 1]).unwrap();
        line[member] = value;
        self.lines[position - 1] = line.to_string();
    }

    fn get(&self, position: usize, member: &str) -> Value {
        let line: Value = serde_json::from_str(&self.lines[position - 1]).unwrap();
        line[member].clone()
    }

    /// Makes every leaf hash right, and the segment's.
    fn rehash(&mut self) {
        self.write();
        let reader = Reader::open(&self.bundle).unwrap();
        let mut tree = Frontier::default();
        for (event, position) in reader.events().zip(1..) {
            let leaf = leaf_hash(&event.unwrap());
            tree.push(leaf);
            self.set(position, "leaf_hash", STANDARD.encode(leaf).into());
        }
        self.manifest(|manifest| {
            manifest["segments"][0]["root"] = STANDARD.encode(tree.root()).into();
        });
    }

    fn manifest(&self, change: impl FnOnce(&mut Value)) {
        self.json("manifest.json", change);
    }

    fn json(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let path = self.bundle.join(name);
        let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(path, value.to_string()).unwrap();
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.bundle.join(name), text).unwrap();
    }
}

/// What is done, and what has to be said of it. Position 20 is sealed by the first of two checkpoints.
type Forgery = (
    &'static str,
    fn(&mut Forger, Sizes),
    &'static [&'static str],
);

#[derive(Clone, Copy)]
struct Sizes {
    old: u64,
    new: u64,
}

const LEAF: &str = "events: position 20: leaf hash differs from the stored bytes";
const REWRITTEN: &str = "the earlier checkpoint: tree_size {old}: an event at position {old} or before was \
                         rewritten, removed or put in since";
const SEALED: &str = "checkpoints.ndjson: tree_size {old}: the events are not those that were sealed: the \
                      first that is not is at position {old} or before";

const FORGERIES: [Forgery; 21] = [
    (
        "one byte of a payload",
        |bundle, _| bundle.replace(20, "\"payload\":\"{", "\"payload\":\"{ "),
        &[LEAF, REWRITTEN],
    ),
    (
        "two events swapped",
        |bundle, _| bundle.lines.swap(19, 20),
        &[
            "events: position 20: the event is missing, 21 follows",
            "events: position 22: the event of position 20 is in its place",
        ],
    ),
    (
        "two events swapped, with their positions and hashes",
        |bundle, _| {
            bundle.lines.swap(19, 20);
            bundle.set(20, "position", 20.into());
            bundle.set(21, "position", 21.into());
            bundle.rehash();
        },
        &[SEALED, REWRITTEN],
    ),
    (
        "one dropped",
        |bundle, _| drop(bundle.lines.remove(19)),
        &["events: position 20: the event is missing, 21 follows"],
    ),
    (
        "the last dropped",
        |bundle, _| drop(bundle.lines.pop()),
        &["events: position {new}: the event is missing"],
    ),
    (
        "the last dropped, and the manifest cut",
        |bundle, sizes| {
            bundle.lines.pop();
            bundle.manifest(|manifest| {
                manifest["last"] = (sizes.new - 1).into();
                manifest["tree_size"] = (sizes.new - 1).into();
                manifest["segments"][0]["last"] = (sizes.new - 1).into();
            });
        },
        &["checkpoint.txt: the whole: it is about {new} events, not"],
    ),
    (
        "one inserted",
        |bundle, _| {
            let copy = bundle.lines[19].clone();
            bundle.lines.insert(19, copy);
        },
        &["events: position 21: the event of position 20 is in its place"],
    ),
    (
        "one appended",
        |bundle, sizes| {
            let copy = bundle.lines.last().unwrap().clone();
            bundle.lines.push(copy);
            let last = bundle.lines.len();
            bundle.set(last, "position", (sizes.new + 1).into());
            bundle.rehash();
        },
        &["events: position {new}: events/000000000001.ndjson ends at {new}"],
    ),
    (
        "a time",
        |bundle, _| {
            let time = bundle.get(20, "recorded_at").as_i64().unwrap() - 3_600_000_000;
            bundle.set(20, "recorded_at", time.into());
        },
        &[
            LEAF,
            "events: position 20: recorded_at is before that of the event before",
        ],
    ),
    (
        "an actor",
        |bundle, _| bundle.replace(20, "operator:tests", "operator:other"),
        &[LEAF],
    ),
    (
        "an actor, with its hash",
        |bundle, _| {
            bundle.replace(20, "operator:tests", "operator:other");
            bundle.write();
            let event = Reader::open(&bundle.bundle).unwrap().events().nth(19);
            let leaf = leaf_hash(&event.unwrap().unwrap());
            bundle.set(20, "leaf_hash", STANDARD.encode(leaf).into());
        },
        &[
            "events: positions 1 to {new}: one of the events is not what was exported",
            SEALED,
        ],
    ),
    (
        "an actor, with all hashes",
        |bundle, _| {
            bundle.replace(20, "operator:tests", "operator:other");
            bundle.rehash();
        },
        &[SEALED, REWRITTEN],
    ),
    (
        "the last event, with all hashes",
        |bundle, _| {
            let last = bundle.lines.len();
            bundle.replace(last, "operator:tests", "operator:other");
            bundle.rehash();
        },
        &[
            "checkpoint.txt: tree_size {new}: the events are not those that were sealed: up to \
             position {old} they are",
        ],
    ),
    (
        "a line that is no event",
        |bundle, _| "{}".clone_into(&mut bundle.lines[19]),
        &["events: position 20: events/000000000001.ndjson: line 20 is no event"],
    ),
    (
        "a sequence, with all hashes",
        |bundle, _| {
            bundle.set(20, "sequence", 999.into());
            bundle.rehash();
        },
        &["events: position 20: sequence is 999 where", SEALED],
    ),
    (
        "a checkpoint of another root",
        |bundle, sizes| bundle.file("checkpoint.txt", &audit_signer().sign(sizes.new, [1; 32])),
        &["checkpoint.txt: tree_size {new}: the events are not those that were sealed"],
    ),
    (
        "a checkpoint whose text was changed",
        |bundle, sizes| {
            let note = fs::read_to_string(bundle.bundle.join("checkpoint.txt")).unwrap();
            let (from, to) = (sizes.new.to_string(), sizes.old.to_string());
            bundle.file("checkpoint.txt", &note.replacen(&from, &to, 1));
        },
        &["checkpoint.txt: the whole: the signature is not that of its text"],
    ),
    (
        "an earlier checkpoint by another key",
        |bundle, sizes| {
            let path = bundle.bundle.join("checkpoints.ndjson");
            let text = fs::read_to_string(&path).unwrap();
            let (first, rest) = text.split_once('\n').unwrap();
            let mut line: Value = serde_json::from_str(first).unwrap();
            line["note"] = other_signer().sign(sizes.old, [0; 32]).into();
            fs::write(path, format!("{line}\n{rest}")).unwrap();
        },
        &["checkpoints.ndjson: tree_size {old}: it is not signed by the key"],
    ),
    (
        "a checkpoint that is none",
        |bundle, _| bundle.file("checkpoints.ndjson", "{}\n"),
        &["checkpoints.ndjson: the whole: line 1 is no checkpoint"],
    ),
    (
        "the key replaced",
        |bundle, _| bundle.file("key.txt", &other_signer().key().to_string()),
        &["key.txt: the whole: the key of the bundle is not tests.example/log+"],
    ),
    (
        "a segment left out",
        |bundle, _| bundle.manifest(|manifest| manifest["segments"] = Value::Array(Vec::new())),
        &["manifest.json: the whole: the segments do not end at {new}"],
    ),
];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("events")).unwrap();
    for folder in ["", "events"] {
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
}

/// A bundle of two checkpoints, and the note of the earlier one.
async fn world(database: &TestDatabase) -> (PathBuf, String, Sizes) {
    let log = TestLog::open(database).await;
    let alice = log.register("alice").await;
    add_events(&log, alice, 30).await;
    others(&log).await;
    let old = seal(&log).await;
    let note = newest(&log).await.note;
    add_events(&log, alice, 40).await;
    let new = seal(&log).await;
    let bundle = export(&log, database, "bundle").await;
    log.close().await;
    (bundle, note, Sizes { old, new })
}

/// Anything else that a log may hold.
async fn others(log: &TestLog) {
    for name in ["bob", "carol"] {
        let user = log.register(name).await;
        add_events(log, user, 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_a_bundle_is_found() {
    let database = TestDatabase::new(Backend::Sqlite).await;
    let (bundle, note, sizes) = world(&database).await;
    let sound = verify(&bundle, &as_auditor(&note));
    assert_eq!(lines(&sound.findings), Vec::<String>::new());
    for ((name, forge, says), number) in FORGERIES.iter().zip(0..) {
        let target = database.folder().join(format!("forged-{number}"));
        copy(&bundle, &target);
        let mut forger = Forger::of(&target);
        forge(&mut forger, sizes);
        forger.write();
        let verified = verify(&target, &as_auditor(&note));
        let placed = |text: &&str| {
            text.replace("{old}", &sizes.old.to_string())
                .replace("{new}", &sizes.new.to_string())
        };
        let says: Vec<String> = says.iter().map(placed).collect();
        let says: Vec<&str> = says.iter().map(AsRef::as_ref).collect();
        assert_says(&lines(&verified.findings), &says, name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_bundle_is_refused() {
    let database = TestDatabase::new(Backend::Sqlite).await;
    let (bundle, ..) = world(&database).await;
    let outcome = |forge: &dyn Fn(&Forger)| {
        let target = database.folder().join("forged");
        let _ = fs::remove_dir_all(&target);
        copy(&bundle, &target);
        forge(&Forger::of(&target));
        bundle::verify(&target, &Verify::default(), |_, _| {})
            .map(|verified| lines(&verified.findings))
    };
    let refused = outcome(&|forger| fs::remove_file(forger.bundle.join("manifest.json")).unwrap());
    assert!(matches!(refused, Err(BundleError::NoBundle(_))));
    let refused = outcome(&|forger| fs::remove_file(forger.bundle.join(EVENTS)).unwrap());
    assert!(matches!(refused, Err(BundleError::Io { .. })));
    let refused = outcome(&|forger| forger.manifest(|manifest| manifest["version"] = 3.into()));
    assert!(matches!(refused, Err(BundleError::Version(3))));
    let refused = outcome(&|forger| {
        forger.manifest(|manifest| manifest["segments"][0]["file"] = "events/../../x".into());
    });
    assert!(matches!(refused, Err(BundleError::Malformed { .. })));
    let refused = outcome(&|forger| forger.file("key.txt", "nonsense"));
    assert!(matches!(refused, Err(BundleError::Malformed { .. })));
    // Numbers that no log has are no trouble.
    for member in ["first", "last", "tree_size"] {
        for number in [0, u64::MAX] {
            let found = outcome(&|forger| {
                forger.manifest(|manifest| manifest[member] = number.into());
            });
            assert!(!found.unwrap().is_empty(), "{member} {number}");
        }
    }
    for member in ["first", "last"] {
        for number in [0, u64::MAX] {
            let found = outcome(&|forger| {
                forger.manifest(|manifest| manifest["segments"][0][member] = number.into());
            });
            assert!(!found.unwrap().is_empty(), "segment {member} {number}");
        }
    }
    for member in ["position", "sequence"] {
        let found = outcome(&|forger| {
            let mut forger = Forger::of(&forger.bundle);
            forger.set(20, member, u64::MAX.into());
            forger.write();
        });
        assert!(!found.unwrap().is_empty(), "event {member}");
    }
}
