//! Lost answers, lost servers, lost leaders.

use eventstoredb_server::Fault;
use muniment_store::log::AppendError;
use muniment_tests::within;

use crate::support::{Scene, try_register};

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_answer_was_cut_off_is_written_once() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    log.register("before").await;
    let before = scene.nodes().appends();
    scene.nodes().inject(Fault::CutAfterWrite);
    let receipt = within("the append", try_register(&log, "alice")).await;
    assert_eq!(receipt.unwrap().first_position, 2);
    assert_eq!(scene.nodes().appends(), before + 2, "it was tried again");
    log.register("after").await;
    assert_eq!(log.head().await, 3);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_is_never_answered_is_tried_again_and_written_once() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    scene.nodes().inject(Fault::SilentAfterWrite);
    let receipt = within("the append", try_register(&log, "alice")).await;
    assert_eq!(receipt.unwrap().last_position, 1);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_request_was_cut_off_is_sent_again() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    scene.nodes().inject(Fault::CutBeforeWrite);
    scene.nodes().inject(Fault::Refuse);
    try_register(&log, "alice").await.unwrap();
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_again_is_found_again() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    log.register("before").await;
    scene.nodes().stop(0).await;
    scene.nodes().resume(0).await.unwrap();
    within("the append", try_register(&log, "after"))
        .await
        .unwrap();

    // It comes back while somebody waits.
    scene.nodes().stop(0).await;
    let waiting = try_register(&log, "waiting");
    let resuming = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        scene.nodes().resume(0).await.unwrap();
    };
    let (receipt, ()) = within("the append", futures_util::future::join(waiting, resuming)).await;
    assert_eq!(receipt.unwrap().last_position, 3);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_is_away_appends_fail_as_unavailable_and_leave_nothing() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    log.register("before").await;
    scene.nodes().stop(0).await;
    for name in ["alice", "bob"] {
        let error = within("an answer", try_register(&log, name)).await;
        let error = error.unwrap_err();
        assert!(matches!(error, AppendError::Unavailable(_)), "{error}");
    }
    assert_eq!(log.count("users").await, 1);

    scene.nodes().resume(0).await.unwrap();
    within("the append", try_register(&log, "alice"))
        .await
        .unwrap();
    assert_eq!(log.count("users").await, 2);
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_leader_is_followed() {
    let mut scene = Scene::of_nodes(3).await;
    let log = scene.open().await;
    log.register("before").await;
    scene.nodes().lead(2);
    within("the append", try_register(&log, "alice"))
        .await
        .unwrap();
    scene.nodes().lead(0);
    within("the append", try_register(&log, "bob"))
        .await
        .unwrap();
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_leader_dies_the_next_one_is_found() {
    let mut scene = Scene::of_nodes(3).await;
    let log = scene.open().await;
    log.register("before").await;
    scene.nodes().lead(1);
    scene.nodes().stop(0).await;
    within("the append", try_register(&log, "alice"))
        .await
        .unwrap();
    scene.nodes().lead(2);
    scene.nodes().stop(1).await;
    within("the append", try_register(&log, "bob"))
        .await
        .unwrap();
    assert_eq!(log.count("users").await, 3);
    scene.assert_in_step(&log).await;
}
