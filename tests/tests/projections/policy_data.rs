//! The policy's data: every setting is kept, and the newest is in force.

use muniment_domain::{PolicyData, PolicyDataCommand, PolicyDataId};
use muniment_projections::queries::{latest_policy_data, latest_policy_data_id, policy_data};
use muniment_tests::{TestClock, TestDatabase, TestLog, each_backend};

use crate::support::{assert_up_to_date, rebuild, rows};

each_backend!(
    the_newest_setting_is_in_force_and_the_others_are_kept,
    a_rebuild_keeps_what_was_set,
);

async fn set(log: &TestLog, data: &str) -> PolicyDataId {
    let policy_data_id = PolicyDataId::from_uuid(log.ids.ulid());
    let command = PolicyDataCommand::SetPolicyData {
        policy_data_id,
        data: data.to_owned(),
    };
    log.journal
        .execute::<PolicyData>(policy_data_id.as_uuid(), command, log.execution())
        .await
        .unwrap();
    policy_data_id
}

async fn the_newest_setting_is_in_force_and_the_others_are_kept(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    assert_eq!(latest_policy_data(&log.database).await.unwrap(), None);
    assert_eq!(latest_policy_data_id(&log.database).await.unwrap(), None);
    // What would be taken for sealed data elsewhere is only a text here.
    let first = set(&log, r#"{"a": {"$sealed": "x"}}"#).await;
    let second = set(&log, "null").await;

    let latest = latest_policy_data(&log.database).await.unwrap().unwrap();
    assert_eq!(latest.id, second);
    assert_eq!(
        latest_policy_data_id(&log.database).await.unwrap(),
        Some(second)
    );
    let kept = policy_data(&log.database, first).await.unwrap().unwrap();
    assert_eq!(kept.data, r#"{"a": {"$sealed": "x"}}"#);
    assert_eq!(kept.created_at, TestClock::START);
    let unknown = PolicyDataId::from_uuid(log.ids.ulid());
    assert_eq!(policy_data(&log.database, unknown).await.unwrap(), None);
}

async fn a_rebuild_keeps_what_was_set(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    for data in ["{}", "{}", "[1]"] {
        set(&log, data).await;
    }
    let before = rows(&log).await;
    assert_eq!(before.len(), 3);
    rebuild(&log).await;
    assert_eq!(rows(&log).await, before);
    assert_up_to_date(&log).await;
}
