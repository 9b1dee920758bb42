//! Finding events by what they are about, indexed or not.

use muniment_domain::{UserId, event_kinds};
use muniment_store::{
    index::{EventFilter, EventPage, FoundEvents, event, fill, find, state},
    log::{EventLog, Metadata, Position, RecordedEvent},
};
use muniment_tests::{TestDatabase, TestLog, each_log, rich_history};

each_log!(
    every_filter_finds_what_going_through_the_log_finds,
    pages_go_both_ways_and_leave_nothing_out,
    what_other_rules_have_indexed_is_indexed_anew,
    a_time_is_found_without_an_index,
);

const ALL: EventPage = EventPage {
    after: None,
    before: None,
    backward: false,
    limit: 10_000,
};

fn positions(events: &[RecordedEvent]) -> Vec<Position> {
    events.iter().map(|event| event.position).collect()
}

async fn found(log: &TestLog, filter: &EventFilter, page: EventPage) -> FoundEvents {
    find(&log.database, filter, page).await.unwrap()
}

async fn fill_all(log: &TestLog) {
    while fill(&log.database).await.unwrap().more {}
    assert_eq!(state(&log.database).await.unwrap(), log.head().await);
}

/// The session that an event is about, as metadata would name it.
fn about(event: &RecordedEvent) -> Option<String> {
    let kind = event.stream.aggregate_type.as_str();
    let id = uuid::Uuid::parse_str(&event.stream.aggregate_id).ok()?;
    kind.ends_with("_session")
        .then(|| format!("{kind}:{}", UserId::from_uuid(id)))
}

/// Filters of every kind that some of these events fit, and a few that none does.
fn filters(events: &[RecordedEvent]) -> Vec<EventFilter> {
    let metadata = |event: &RecordedEvent| -> Metadata { event.metadata().unwrap() };
    let middle = events[events.len() / 2].recorded_at;
    let mut filters = vec![
        EventFilter::default(),
        EventFilter {
            since: Some(middle),
            ..EventFilter::default()
        },
        EventFilter {
            until: Some(middle),
            ..EventFilter::default()
        },
        EventFilter {
            actor: Some("nobody".to_owned()),
            ..EventFilter::default()
        },
        EventFilter {
            types: event_kinds()
                .map(|kind| kind.event_type.to_owned())
                .collect(),
            ..EventFilter::default()
        },
    ];
    for event in events.iter().step_by(3) {
        let metadata = metadata(event);
        let base = EventFilter::default();
        filters.extend([
            EventFilter {
                subject: event.subject,
                ..base.clone()
            },
            EventFilter {
                types: vec![event.event_type.clone(), "user.locked".to_owned()],
                ..base.clone()
            },
            EventFilter {
                subject: event.subject,
                types: vec![event.event_type.clone()],
                until: Some(middle),
                ..base.clone()
            },
            EventFilter {
                subject: event.subject,
                actor: Some(metadata.actor.clone()),
                ..base.clone()
            },
            EventFilter {
                session: about(event).or(metadata.session.clone()),
                ..base.clone()
            },
            EventFilter {
                client: metadata.client.clone(),
                types: vec![event.event_type.clone()],
                actor: Some(metadata.actor),
                since: Some(event.recorded_at),
                ..base
            },
        ]);
    }
    filters
}

fn fits(filter: &EventFilter, event: &RecordedEvent) -> bool {
    let metadata = event.metadata().unwrap();
    let session = filter.session.is_none()
        || filter.session == metadata.session
        || filter.session == about(event);
    session
        && (filter.subject.is_none() || filter.subject == event.subject)
        && (filter.types.is_empty() || filter.types.contains(&event.event_type))
        && (filter.actor.is_none() || filter.actor.as_ref() == Some(&metadata.actor))
        && (filter.client.is_none() || filter.client == metadata.client)
        && filter.since.is_none_or(|since| event.recorded_at >= since)
        && filter.until.is_none_or(|until| event.recorded_at < until)
}

async fn every_filter_finds_what_going_through_the_log_finds(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    let compare = async || {
        let events = log.events().await;
        assert!(events.len() > 40);
        let mut hits = 0;
        for filter in filters(&events) {
            let wanted: Vec<_> = events.iter().filter(|event| fits(&filter, event)).collect();
            let found = found(&log, &filter, ALL).await;
            assert!(!found.has_more);
            assert_eq!(
                found.events.iter().collect::<Vec<_>>(),
                wanted,
                "{filter:?}"
            );
            hits += wanted.len();
        }
        assert!(hits > 100);
    };
    // Nothing is indexed yet, then all is, then some of it.
    compare().await;
    fill_all(&log).await;
    compare().await;
    log.register("later").await;
    let later = log.register("still-later").await;
    log.set_password(later, "x").await.unwrap();
    compare().await;
    assert!(state(&log.database).await.unwrap() < log.head().await);
}

async fn pages_go_both_ways_and_leave_nothing_out(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    fill_all(&log).await;
    for n in 0..4 {
        log.register(&format!("user{n}")).await;
    }
    let filter = EventFilter {
        types: [
            "user.registered",
            "user.email_added",
            "oauth2_session.started",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..EventFilter::default()
    };
    for filter in [filter, EventFilter::default()] {
        let all = positions(&found(&log, &filter, ALL).await.events);
        assert!(all.len() > 6);
        for limit in [1, 2, 3] {
            for backward in [false, true] {
                let mut page = EventPage {
                    backward,
                    limit,
                    ..ALL
                };
                let mut walked: Vec<Position> = Vec::new();
                loop {
                    let found = found(&log, &filter, page).await;
                    let part = positions(&found.events);
                    assert!(part.is_sorted());
                    if backward {
                        page.before = part.first().copied();
                        walked.splice(0..0, part);
                    } else {
                        page.after = part.last().copied();
                        walked.extend(part);
                    }
                    if !found.has_more {
                        break;
                    }
                }
                assert_eq!(walked, all, "{limit} at a time, backward: {backward}");
            }
        }
        let between = EventPage {
            after: all.first().copied(),
            before: all.last().copied(),
            ..ALL
        };
        let inner = positions(&found(&log, &filter, between).await.events);
        assert_eq!(inner, all[1..all.len() - 1]);
        let nothing = EventPage { limit: 0, ..ALL };
        let nothing = found(&log, &filter, nothing).await;
        assert!(nothing.events.is_empty() && nothing.has_more);
    }
}

async fn what_other_rules_have_indexed_is_indexed_anew(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let user = log.register("alice").await;
    log.tamper("UPDATE event_index SET version = 99, position = 1")
        .await;
    log.tamper("INSERT INTO event_facets (facet, position) VALUES (1, 1)")
        .await;
    let filter = EventFilter {
        types: vec!["user.registered".to_owned()],
        ..EventFilter::default()
    };
    assert_eq!(found(&log, &filter, ALL).await.events.len(), 1);
    fill_all(&log).await;
    assert_eq!(found(&log, &filter, ALL).await.events.len(), 1);
    let strange = log.count("event_facets WHERE facet = 1").await;
    assert_eq!(strange, 0);
    let written = log
        .log
        .read_subject(user.as_uuid(), 0, 1)
        .await
        .unwrap()
        .remove(0);
    let by_id = event(&log.database, written.event_id).await.unwrap();
    assert_eq!(by_id, Some(written));
    let by_id = event(&log.database, user.as_uuid()).await.unwrap();
    assert_eq!(by_id, None);
}

async fn a_time_is_found_without_an_index(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    for n in 0..9 {
        log.register(&format!("user{n}")).await;
        // Every third time stands still.
        if n % 3 != 0 {
            log.clock.step(1_000);
        }
    }
    let events = log.events().await;
    let last = events[8].recorded_at;
    let around = events.iter().flat_map(|event| {
        [
            event.recorded_at - 1,
            event.recorded_at,
            event.recorded_at + 1,
        ]
    });
    for time in around {
        for (since, until) in [
            (Some(time), None),
            (None, Some(time)),
            (Some(time), Some(last)),
        ] {
            let filter = EventFilter {
                since,
                until,
                ..EventFilter::default()
            };
            let wanted: Vec<_> = events.iter().filter(|event| fits(&filter, event)).collect();
            let found = found(&log, &filter, ALL).await;
            assert_eq!(found.events.iter().collect::<Vec<_>>(), wanted);
        }
    }
}
