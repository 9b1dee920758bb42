//! Whatever is sent to whichever endpoint, the server does not fail over it: it refuses in the form
//! of the protocol, sends no browser to a stranger, and tells nothing of its inside.
//!
//! Each endpoint has a request that nothing is wrong with, which is tried first. Then something is
//! wrong with it: every required parameter is left out, doubled, no text; and so many times
//! (`MUNIMENT_FUZZ_CASES`) whatever chance brings, by a seed (`MUNIMENT_FUZZ_SEED`) that a failure
//! names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

mod admin;
mod attempt;
mod compat;
mod complete;
mod endpoint;
#[path = "../upstream/idp.rs"]
mod idp;
mod judge;
mod mutation;
mod oauth;
mod others;
mod pages;
mod world;

use std::env::var;

use muniment_tests::{TestDatabase, each_backend};
use proptest::{
    prelude::{Strategy, any},
    sample::Index,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use attempt::Attempt;
use endpoint::Endpoint;
use mutation::{Mutation, Odd, mutation};
use world::World;

each_backend!(
    clients_and_homeservers_send_anything,
    browsers_send_anything,
    matrix_clients_send_anything,
    administrators_send_anything,
    anybody_sends_anything_to_the_rest,
);

const CASES: usize = 24;
const SEED: u64 = 1;

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    let set = var(name).ok();
    set.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number"))
    })
}

/// Draws the same for an endpoint however many others there are.
fn runner(seed: u64, endpoint: &Endpoint) -> TestRunner {
    use sha2::{Digest, Sha256};
    let text = format!("{seed} {} {}", endpoint.method, endpoint.route);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &Sha256::digest(text));
    TestRunner::new_with_rng(Config::default(), rng)
}

fn drawn<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> S::Value {
    strategy
        .new_tree(runner)
        .expect("it can be drawn")
        .current()
}

/// For each required parameter what must not be accepted.
fn certain(endpoint: &Endpoint, runner: &mut TestRunner) -> Vec<Mutation> {
    let names = Attempt::of(endpoint).names();
    let mut all = Vec::new();
    for required in &endpoint.required {
        let name = attempt::encoded(required.as_bytes());
        let at = names.iter().position(|known| *known == name);
        let at = at.unwrap_or_else(|| panic!("{} has no {required}", endpoint.route));
        // An index is drawn until it points there.
        let index = (0..10_000)
            .map(|_| drawn(&any::<Index>(), runner))
            .find(|index| index.index(names.len()) == at)
            .expect("sooner or later");
        all.extend([
            Mutation::LeaveOut(index),
            Mutation::Double(index, Odd::Text("x")),
            Mutation::Replace(index, Odd::NoText),
            Mutation::Replace(index, Odd::Empty),
        ]);
    }
    all
}

async fn try_everything(world: &World, good: Vec<Endpoint>, endpoints: Vec<Endpoint>) {
    let cases = setting("MUNIMENT_FUZZ_CASES", CASES);
    let seed = setting("MUNIMENT_FUZZ_SEED", SEED);
    let mut complaints = Vec::new();
    for endpoint in good {
        let sent = Attempt::of(&endpoint);
        let got = sent.send(world).await.expect("it is read to the end");
        let (method, route) = (&endpoint.method, &endpoint.route);
        if got.status != endpoint.answers {
            let text: String = got.text.chars().take(300).collect();
            complaints.push(format!(
                "{method} {route}: nothing is wrong with it, but: {} {text}",
                got.status
            ));
        }
        if let Some(complaint) = world.judge.complaint(&endpoint, &sent, &got) {
            complaints.push(format!("{method} {route}: {complaint}"));
        }
    }
    let (mut tried, mut cut) = (0, 0);
    for endpoint in endpoints {
        let mut runner = runner(seed, &endpoint);
        let mut mutations = certain(&endpoint, &mut runner);
        let strategy = mutation();
        mutations.extend((0..cases).map(|_| drawn(&strategy, &mut runner)));
        for (case, mutation) in mutations.iter().enumerate() {
            let sent = Attempt::mutated(&endpoint, mutation);
            tried += 1;
            let Some(got) = sent.send(world).await else {
                cut += 1;
                continue;
            };
            if let Some(complaint) = world.judge.complaint(&endpoint, &sent, &got) {
                let text: String = got.text.chars().take(300).collect();
                complaints.push(format!(
                    "{} {}: {complaint}\n  seed {seed}, case {case}: {}\n  got {text:?}",
                    endpoint.method,
                    endpoint.route,
                    sent.shown()
                ));
            }
        }
    }
    println!("{tried} requests, {cut} of them cut short");
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    assert!(cut * 10 < tried, "{cut} of {tried} requests had no answer");
    let healthy = world
        .server
        .get("/health")
        .send()
        .await
        .expect("the server answers");
    assert_eq!(healthy.status(), 200);
    let log = world.server.log();
    let panicked = log.lines().find(|line| line.contains("panicked"));
    assert_eq!(panicked, None);
}

macro_rules! trial {
    ($($name:ident: $module:ident),+ $(,)?) => {
        $(async fn $name(database: TestDatabase) {
            let world = World::start(&database).await;
            let good = $module::endpoints(&world).await;
            let endpoints = $module::endpoints(&world).await;
            try_everything(&world, good, endpoints).await;
        })+
    };
}

trial!(
    clients_and_homeservers_send_anything: oauth,
    browsers_send_anything: pages,
    matrix_clients_send_anything: compat,
    administrators_send_anything: admin,
    anybody_sends_anything_to_the_rest: others,
);
