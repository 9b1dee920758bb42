//! Bundles that nobody has touched.

use std::fs;

use muniment_domain::UserCommand;
use muniment_store::bundle::{self, ExportError, Part, Reader, Texts, Verify};
use muniment_tests::{
    LogSetup, TestDatabase, TestLog, audit_signer, destroy_erased, each_backend, rich_history, seal,
};

use crate::support::{
    add_events, as_auditor, assert_says, export, export_part, lines, newest, verify,
};

each_backend!(
    a_bundle_holds_every_event_as_it_is_stored,
    a_part_of_the_log_proves_itself_too,
    an_interrupted_export_goes_on,
    personal_data_stays_sealed_and_erasure_changes_nothing,
);

const NOTHING: Vec<String> = Vec::new();

async fn a_bundle_holds_every_event_as_it_is_stored(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    seal(&log).await;
    let old = newest(&log).await.note;
    add_events(&log, cast.alice, 5_000).await;
    let size = seal(&log).await;
    let bundle = export(&log, &database, "bundle").await;
    let reader = Reader::open(&bundle).unwrap();
    assert_eq!(reader.manifest().segments.len(), 2);
    let read: Result<Vec<_>, _> = reader.events().collect();
    assert_eq!(read.unwrap(), log.events().await);
    let verified = verify(&bundle, &as_auditor(&old));
    assert_eq!(lines(&verified.findings), NOTHING);
    // The history begins with one that is sealed.
    assert_eq!((verified.events, verified.checkpoints), (size, 3));
    assert_eq!(verified.root, newest(&log).await.root);
    assert_eq!(
        fs::read_to_string(bundle.join("checkpoint.txt")).unwrap(),
        newest(&log).await.note
    );
    // Of the bundle's own key, too.
    assert!(verify(&bundle, &Verify::default()).findings.is_empty());

    // It is not written over.
    let texts = Texts { catalogue: "" };
    let key = audit_signer().key().clone();
    let again = bundle::export(
        &log.database,
        &key,
        &bundle,
        Part::default(),
        texts,
        |_, _| {},
    );
    assert!(matches!(again.await, Err(ExportError::Exists(_))));
    log.close().await;
}

async fn a_part_of_the_log_proves_itself_too(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let mut notes = Vec::new();
    for more in [99, 400, 4_000, 500] {
        add_events(&log, alice, more).await;
        let size = seal(&log).await;
        notes.push((size, newest(&log).await.note));
    }
    let events = log.events().await;
    for (first, last) in [(1, 1), (1, 256), (200, 300), (257, 4_400), (4_999, 5_000)] {
        let target = database.folder().join(format!("part-{first}"));
        let part = Part {
            first: Some(first),
            last: Some(last),
            user: None,
        };
        let _ = fs::remove_dir_all(&target);
        export_part(&log, &target, part).await;
        let read: Vec<_> = Reader::open(&target)
            .unwrap()
            .events()
            .map(Result::unwrap)
            .collect();
        let place = |position: u64| usize::try_from(position).unwrap();
        assert_eq!(read, events[place(first - 1)..place(last)]);
        for (size, note) in &notes {
            let verified = verify(&target, &as_auditor(note));
            assert_eq!(lines(&verified.findings), NOTHING, "{first} {last} {size}");
            assert_eq!(verified.against, Some(*size));
        }
        // Nothing is said about a checkpoint that the bundle does not know.
        let unknown = audit_signer().sign(4_000, [1; 32]);
        let verified = verify(&target, &as_auditor(&unknown));
        assert!(!verified.findings.is_empty());
    }
    let target = database.folder().join("beyond");
    let part = Part {
        first: Some(5_000),
        last: Some(5_001),
        user: None,
    };
    let key = audit_signer().key().clone();
    let texts = Texts { catalogue: "" };
    let beyond = bundle::export(&log.database, &key, &target, part, texts, |_, _| {});
    assert!(matches!(
        beyond.await,
        Err(ExportError::Beyond { sealed: 5_000, .. })
    ));
    assert!(!target.exists());
    log.close().await;
}

async fn an_interrupted_export_goes_on(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    add_events(&log, alice, 8_300).await;
    let size = seal(&log).await;
    let target = database.folder().join("bundle");
    let key = audit_signer().key().clone();
    let texts = Texts { catalogue: "" };
    // Let go of when the second segment is begun.
    let (sender, begun) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    {
        let export = bundle::export(
            &log.database,
            &key,
            &target,
            Part::default(),
            texts,
            |done, _| {
                if done > 0
                    && let Some(sender) = sender.take()
                {
                    sender.send(()).unwrap();
                }
            },
        );
        tokio::select! {
            _ = export => panic!("it was not interrupted"),
            _ = begun => {}
        }
    }
    assert!(!target.exists());
    let partial = database.folder().join("bundle.partial");
    assert!(partial.join("events/000000000001.ndjson").exists());
    // What was sealed meanwhile does not matter; another export would.
    add_events(&log, alice, 10).await;
    seal(&log).await;
    let other = Part {
        first: Some(2),
        ..Part::default()
    };
    let refused = bundle::export(&log.database, &key, &target, other, texts, |_, _| {}).await;
    assert!(matches!(refused, Err(ExportError::OtherPlan(_))));
    let exported = export_part(&log, &target, Part::default()).await;
    assert_eq!((exported.first, exported.last), (1, size));
    assert!(!partial.exists());
    let verified = verify(&target, &Verify::default());
    assert_eq!(lines(&verified.findings), NOTHING);
    assert_eq!(verified.events, size);
    log.close().await;
}

async fn personal_data_stays_sealed_and_erasure_changes_nothing(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rich_history(&log, &database).await;
    let frank = log.register("frank").await;
    log.add_email(frank, "frank@example.com").await.unwrap();
    seal(&log).await;
    let old = newest(&log).await.note;
    let before = export(&log, &database, "before").await;
    log.execute(frank, UserCommand::EraseUser).await.unwrap();
    destroy_erased(&log, &database, &LogSetup::default().master).await;
    seal(&log).await;
    let after = export(&log, &database, "after").await;
    let text = |bundle: &std::path::Path| {
        fs::read_to_string(bundle.join("events/000000000001.ndjson")).unwrap()
    };
    assert!(text(&after).starts_with(&text(&before)));
    for name in ["frank", "alice", "example.com"] {
        assert!(!text(&before).contains(name), "{name}");
    }
    let verified = verify(&after, &as_auditor(&old));
    assert_eq!(lines(&verified.findings), NOTHING);
    // An auditor whose checkpoint is newer than the bundle misses what it was about.
    let alice = log.register("another").await;
    add_events(&log, alice, 4).await;
    let size = seal(&log).await;
    let newer = newest(&log).await.note;
    let verified = verify(&after, &as_auditor(&newer));
    let gone = format!("positions {} to {size} are gone", size - 4);
    assert_says(&lines(&verified.findings), &[&gone], "newer");
    log.close().await;
}
