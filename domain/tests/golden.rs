//! Every event version that was ever released can still be read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use cqrs_es::Aggregate;
use muniment_domain::{
    BrowserSession, Client, CompatSession, Event, Oauth2Session, PersonalData, PersonalSession,
    PolicyData, RegistrationToken, User, event_kinds,
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

#[derive(Deserialize)]
struct Golden {
    aggregate_type: String,
    event_type: String,
    event_version: String,
    payload: Value,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Name and content of every example.
fn files() -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

fn goldens() -> BTreeMap<String, Golden> {
    files()
        .into_iter()
        .map(|(name, bytes)| {
            let golden: Golden =
                serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, golden)
        })
        .collect()
}

fn decode(golden: &Golden) -> Event {
    Event::decode(
        &golden.aggregate_type,
        &golden.event_type,
        &golden.event_version,
        golden.payload.clone(),
    )
    .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn no_example_was_edited_added_or_deleted_without_a_line_in_the_manifest() {
    let manifest = std::fs::read_to_string(folder().join("SHA256SUMS")).unwrap();
    let listed: BTreeMap<String, String> = manifest
        .lines()
        .map(|line| {
            let (hash, name) = line.split_once("  ").expect("HASH  NAME");
            (name.to_owned(), hash.to_owned())
        })
        .collect();
    let found: BTreeMap<String, String> = files()
        .into_iter()
        .map(|(name, bytes)| (name, hex::encode(Sha256::digest(bytes))))
        .collect();
    assert_eq!(
        found, listed,
        "a released example must not change: see domain/golden/README.md"
    );
}

#[test]
fn each_file_is_named_after_what_it_holds() {
    for (name, golden) in goldens() {
        let expected = format!("{}.v{}.json", golden.event_type, golden.event_version);
        assert_eq!(name, expected);
    }
}

#[test]
fn every_version_of_every_event_has_an_example() {
    let found: BTreeSet<(String, u32)> = goldens()
        .into_values()
        .map(|golden| (golden.event_type, golden.event_version.parse().unwrap()))
        .collect();
    let expected: BTreeSet<(String, u32)> = event_kinds()
        .flat_map(|kind| {
            let current: u32 = kind.version.parse().unwrap();
            (1..=current).map(|version| (kind.event_type.to_owned(), version))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn every_example_is_read_as_its_event_and_folded() {
    for (name, golden) in goldens() {
        let event = decode(&golden);
        assert_eq!(event.event_type(), golden.event_type, "{name}");
        match event {
            Event::User(event) => {
                // What happens to an account happens after it was registered.
                let mut user = User::default();
                let registered = &goldens()["user.registered.v1.json"];
                let Event::User(first) = decode(registered) else {
                    panic!("{name}");
                };
                user.apply(first);
                user.apply(event);
            }
            Event::BrowserSession(event) => BrowserSession::default().apply(event),
            Event::Oauth2Session(event) => Oauth2Session::default().apply(event),
            Event::CompatSession(event) => CompatSession::default().apply(event),
            Event::PersonalSession(event) => PersonalSession::default().apply(event),
            Event::Client(event) => Client::default().apply(event),
            Event::RegistrationToken(event) => RegistrationToken::default().apply(event),
            Event::PolicyData(event) => PolicyData::default().apply(event),
            Event::PersonalData(event) => PersonalData.apply(event),
        }
    }
}

#[test]
fn an_example_of_the_present_version_is_what_is_written_now() {
    for (name, golden) in goldens() {
        let event = decode(&golden);
        let (version, written) = (event.event_version(), event.to_json());
        if version == golden.event_version {
            assert_eq!(written.unwrap(), golden.payload, "{name}");
        }
    }
}
