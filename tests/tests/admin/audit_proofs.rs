//! Checkpoints and proofs, as somebody reads them who knows nothing but RFC 6962 and the signed note.

use std::time::Duration;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use muniment_store::log::leaf_hash;
use muniment_tests::{LogSetup, TestDatabase, TestLog, each_backend, server::master, within};
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Admin, Answer, NIL, answer};

each_backend!(
    a_checkpoint_is_a_signed_note,
    every_event_is_proven_to_be_in_the_history,
    every_checkpoint_is_proven_to_be_the_beginning_of_the_next,
    checkpoints_are_listed,
    what_is_not_sealed_or_makes_no_sense_is_refused,
);

const FAST: &str = "audit: {checkpoint_interval: 1, origin: tests.example/log}\n";

type Hash = [u8; 32];

fn hash(value: &Value) -> Hash {
    let bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
    bytes.try_into().unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// RFC 6962 section 2.1, straight from its text.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node(&root(&leaves[..split]), &root(&leaves[split..]))
        }
    }
}

/// The root that an audit path leads to, as in RFC 9162 section 2.1.3.2.
fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let (mut at, mut last) = (index, size - 1);
    let mut reached = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            reached = node(sibling, &reached);
            while at.is_multiple_of(2) && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            reached = node(&reached, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(reached)
}

/// The roots of both trees that a consistency proof leads to, as in RFC 9162 section 2.1.4.2.
fn both_roots(from: u64, from_root: Hash, to: u64, path: &[Hash]) -> Option<(Hash, Hash)> {
    if from == to {
        return path.is_empty().then_some((from_root, from_root));
    }
    let mut path = path.to_vec();
    if from.is_power_of_two() {
        path.insert(0, from_root);
    }
    let (mut at, mut last) = (from - 1, to - 1);
    while at % 2 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (first, rest) = path.split_first()?;
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            old = node(sibling, &old);
            new = node(sibling, &new);
            while at.is_multiple_of(2) && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new = node(&new, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some((old, new))
}

/// Size and root that a note says, if the key has signed it; read by hand.
fn open(note: &str, key: &str) -> (u64, Hash) {
    let (text, signature) = note.split_once("\n\n").unwrap();
    let text = format!("{text}\n");
    let parts: Vec<&str> = key.splitn(3, '+').collect();
    let public = STANDARD.decode(parts[2]).unwrap();
    assert_eq!(public[0], 1);
    let signature = signature
        .strip_prefix("\u{2014} tests.example/log ")
        .unwrap();
    let signature = STANDARD.decode(signature.trim_end()).unwrap();
    let id = Sha256::digest([parts[0].as_bytes(), b"\n", &public].concat());
    assert_eq!(signature[..4], id[..4]);
    assert_eq!(hex::encode(&id[..4]), parts[1]);
    UnparsedPublicKey::new(&ED25519, &public[1..])
        .verify(text.as_bytes(), &signature[4..])
        .unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "tests.example/log");
    assert_eq!(lines.len(), 3);
    (lines[1].parse().unwrap(), hash(&lines[2].into()))
}

impl Admin {
    /// The attributes of the newest checkpoint, once it is about so many events.
    async fn sealed(&self, size: u64) -> Value {
        within("the checkpoint", async {
            loop {
                let latest = self.get("/audit/checkpoint").await;
                if latest.status == 200 {
                    let attributes = latest.json()["data"]["attributes"].clone();
                    if attributes["tree_size"].as_u64() >= Some(size) {
                        return attributes;
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await
    }
}

/// The leaf hashes of the server's log, each worked out anew.
async fn leaves(database: &TestDatabase) -> Vec<Hash> {
    let setup = LogSetup {
        master: master(),
        ..LogSetup::following(muniment_tests::Follow::Nothing)
    };
    let log = TestLog::open_with(database, setup).await;
    let leaves = log.events().await.iter().map(leaf_hash).collect();
    log.close().await;
    leaves
}

async fn a_checkpoint_is_a_signed_note(database: TestDatabase) {
    let admin = Admin::start_with(&database, FAST).await;
    admin.user("alice").await;
    admin.user("bob").await;
    let attributes = admin.sealed(3).await;
    let text = |member: &str| attributes[member].as_str().unwrap();
    let (size, sealed) = open(text("note"), text("verifier_key"));
    let leaves = leaves(&database).await;
    assert_eq!(size, leaves.len() as u64);
    assert_eq!(sealed, root(&leaves));
    assert_eq!(hash(&attributes["root_hash"]), sealed);
    // As witnesses read it.
    let plain = async |accept: &str| -> Answer {
        let request = admin.request(Method::GET, "/audit/checkpoint");
        admin.send(request.header("accept", accept)).await
    };
    let note = plain("text/plain").await;
    assert_eq!(
        note.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(note.text, text("note"));
    for accept in ["*/*", "application/json", "text/plain, application/json"] {
        assert!(plain(accept).await.json()["data"].is_object(), "{accept}");
    }
}

async fn every_event_is_proven_to_be_in_the_history(database: TestDatabase) {
    let admin = Admin::start_with(&database, FAST).await;
    for n in 0..12 {
        admin.user(&format!("user{n}")).await;
    }
    admin.sealed(13).await;
    let leaves = leaves(&database).await;
    let all = leaves.len() as u64;
    let proof = async |position: u64, size: Option<u64>| -> Value {
        let size = size.map_or_else(String::new, |size| format!("&tree-size={size}"));
        let path = format!("/audit/proofs/inclusion?position={position}{size}");
        let answer = admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    };
    for size in 1..=all {
        for position in 1..=size {
            let proof = proof(position, Some(size)).await;
            let leaf = leaves[usize::try_from(position - 1).unwrap()];
            assert_eq!(hash(&proof["leaf_hash"]), leaf);
            let expected = root(&leaves[..usize::try_from(size).unwrap()]);
            assert_eq!(hash(&proof["root_hash"]), expected);
            let reached = climb(leaf, position - 1, size, &hashes(&proof["hashes"]));
            assert_eq!(reached, Some(expected), "{position} in {size}");
        }
    }
    assert_eq!(proof(1, None).await["tree_size"], all);
}

async fn every_checkpoint_is_proven_to_be_the_beginning_of_the_next(database: TestDatabase) {
    let admin = Admin::start_with(&database, FAST).await;
    for n in 0..9 {
        admin.user(&format!("user{n}")).await;
    }
    admin.sealed(10).await;
    let leaves = leaves(&database).await;
    let all = leaves.len() as u64;
    let at = |size: u64| root(&leaves[..usize::try_from(size).unwrap()]);
    for to in 1..=all {
        for from in 1..=to {
            let path = format!("/audit/proofs/consistency?from={from}&to={to}");
            let proof = admin.get(&path).await.json();
            assert_eq!(hash(&proof["from_root_hash"]), at(from));
            assert_eq!(hash(&proof["to_root_hash"]), at(to));
            let reached = both_roots(from, at(from), to, &hashes(&proof["hashes"]));
            assert_eq!(reached, Some((at(from), at(to))), "{path}");
        }
    }
    let latest = admin.get("/audit/proofs/consistency?from=1").await.json();
    assert_eq!(latest["to"], all);
}

async fn checkpoints_are_listed(database: TestDatabase) {
    let admin = Admin::start_with(&database, FAST).await;
    let mut sizes = Vec::new();
    for name in ["alice", "bob", "carol"] {
        admin.user(name).await;
        let least = sizes.last().copied().unwrap_or_default() + 1;
        let newest = admin.sealed(least).await;
        sizes.push(newest["tree_size"].as_u64().unwrap());
    }
    let all = admin.get("/audit/checkpoints?page[first]=100").await.json();
    let items = all["data"].as_array().unwrap();
    assert_eq!(all["meta"]["count"], items.len());
    let listed: Vec<u64> = items
        .iter()
        .map(|item| item["attributes"]["tree_size"].as_u64().unwrap())
        .collect();
    assert!(listed.is_sorted());
    assert!(
        sizes.iter().all(|size| listed.contains(size)),
        "{listed:?} {sizes:?}"
    );
    let last = admin.get("/audit/checkpoints?page[last]=1").await.json();
    assert_eq!(last["data"][0]["id"], items.last().unwrap()["id"]);
    let from = sizes[1];
    let later = admin
        .get(&format!("/audit/checkpoints?filter[min-tree-size]={from}"))
        .await;
    assert_eq!(later.json()["data"][0]["attributes"]["tree_size"], from);
    let one = items[0]["id"].as_str().unwrap();
    let one = admin.get(&format!("/audit/checkpoints/{one}")).await;
    assert_eq!(one.json()["data"]["attributes"], items[0]["attributes"]);
    let unknown = admin.get(&format!("/audit/checkpoints/{NIL}")).await;
    unknown.refused(404, &[&format!("Checkpoint ID {NIL} not found")]);
}

async fn what_is_not_sealed_or_makes_no_sense_is_refused(database: TestDatabase) {
    let admin = Admin::start_with(&database, FAST).await;
    admin.user("alice").await;
    let sealed = admin.sealed(2).await["tree_size"].as_u64().unwrap();
    let not_yet = format!("only {sealed} events are sealed yet");
    for path in [
        "inclusion?position=1000",
        "inclusion?position=1&tree-size=1000",
        "consistency?from=1000",
        "consistency?from=1&to=1000",
    ] {
        let answer = admin.get(&format!("/audit/proofs/{path}")).await;
        answer.refused(404, &["Not sealed yet", &not_yet]);
    }
    for (path, title) in [
        ("inclusion?position=0", "Positions begin at 1"),
        (
            "inclusion?position=2&tree-size=1",
            "A tree of that size does not reach the position",
        ),
        ("consistency?from=2&to=1", "`to` must not be below `from`"),
    ] {
        admin
            .get(&format!("/audit/proofs/{path}"))
            .await
            .refused(400, &[title]);
    }
    for (path, why) in [
        ("inclusion", "position: missing"),
        (
            "inclusion?position=x",
            "position: invalid digit found in string",
        ),
        (
            "inclusion?position=1&tree-size=99999999999999999999",
            "tree-size: number too large to fit in target type",
        ),
        ("consistency", "from: missing"),
        ("consistency?from=1&from=2", "from: given more than once"),
    ] {
        let answer = admin.get(&format!("/audit/proofs/{path}")).await;
        let read = format!("Failed to deserialize query string: {why}");
        answer.refused(400, &["Invalid query parameters", &read, why, why]);
    }
    let huge = admin
        .get("/audit/proofs/inclusion?position=18446744073709551615")
        .await;
    assert_eq!(huge.status, 404);
    let stranger = answer(admin.request(Method::GET, "/audit/checkpoint")).await;
    assert_eq!(stranger.status, 400);
}
