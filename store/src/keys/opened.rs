//! What is kept in memory of data that keys have opened: aggregates as they stood when last folded.
//! It goes when the keys go.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::KeyRing;
use crate::log::StreamId;

/// Bytes of all that is kept.
const LIMIT: u64 = 32 * 1024 * 1024;
/// What nobody has asked for in this time is forgotten.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// By stream. Streams are only ever added to, so that what stood at a version always stands.
pub(super) type Opened = moka::future::Cache<StreamId, Arc<Folded>>;

/// An aggregate after the events of its stream up to a version.
pub(crate) struct Folded {
    pub version: u64,
    /// JSON.
    pub state: Zeroizing<Vec<u8>>,
    /// Whom its events are about.
    pub subjects: HashSet<Uuid>,
}

/// How many destructions there had been at a moment.
#[derive(Clone, Copy)]
pub(crate) struct Moment(u64);

pub(super) fn empty() -> Opened {
    moka::future::Cache::builder()
        .max_capacity(LIMIT)
        .weigher(|_, folded: &Arc<Folded>| {
            u32::try_from(folded.state.len() + 256).unwrap_or(u32::MAX)
        })
        .time_to_idle(IDLE)
        .build()
}

impl KeyRing {
    /// To be asked for before anything is opened that is to be kept.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.destructions.load(Ordering::SeqCst))
    }

    pub(crate) async fn folded(&self, stream: &StreamId) -> Option<Arc<Folded>> {
        self.opened.get(stream).await
    }

    /// Keeps an aggregate, unless a key was destroyed since `moment`.
    pub(crate) async fn keep_folded(&self, stream: &StreamId, folded: Folded, moment: Moment) {
        self.opened.insert(stream.clone(), Arc::new(folded)).await;
        if self.moment().0 != moment.0 {
            self.forget_folded(stream).await;
        }
    }

    pub(crate) async fn forget_folded(&self, stream: &StreamId) {
        self.opened.invalidate(stream).await;
    }

    pub(super) async fn forget_opened(&self, subjects: &HashSet<Uuid>) {
        let about: Vec<Arc<StreamId>> = self
            .opened
            .iter()
            .filter(|(_, folded)| !folded.subjects.is_disjoint(subjects))
            .map(|(stream, _)| stream)
            .collect();
        for stream in about {
            self.forget_folded(&stream).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entropy, Erasure, MasterSecret, sql::DatabaseOptions};

    #[derive(Debug)]
    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    async fn ring(folder: &tempfile::TempDir) -> KeyRing {
        let file = folder.path().join("muniment.db");
        let options = DatabaseOptions::new(format!("sqlite://{}", file.display()));
        let database = options.open().await.unwrap();
        let keys = options.open_keys(&database).await.unwrap();
        let master = MasterSecret::new([7; 32]);
        KeyRing::open(keys, &database, &master, Arc::new(Sevens))
            .await
            .unwrap()
    }

    fn about(person: Uuid) -> Folded {
        Folded {
            version: 20,
            state: Zeroizing::new(b"{}".to_vec()),
            subjects: HashSet::from([person]),
        }
    }

    #[tokio::test]
    async fn what_is_about_a_person_goes_with_the_person_s_keys() {
        let folder = tempfile::tempdir().unwrap();
        let ring = ring(&folder).await;
        let (alice, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let stream = |person| StreamId::new("user", person);
        for person in [alice, bob] {
            let moment = ring.moment();
            ring.keep_folded(&stream(person), about(person), moment)
                .await;
        }
        let erasure = Erasure {
            // Of one address alone.
            key_id: Uuid::from_u128(3),
            subject: alice,
        };
        ring.destroy(&[erasure]).await.unwrap();
        assert!(ring.folded(&stream(alice)).await.is_none());
        assert!(ring.folded(&stream(bob)).await.is_some());
    }

    #[tokio::test]
    async fn what_was_read_before_a_destruction_is_not_kept_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let ring = ring(&folder).await;
        let alice = Uuid::from_u128(1);
        let stream = StreamId::new("user", alice);
        let moment = ring.moment();
        let erasure = Erasure {
            key_id: alice,
            subject: alice,
        };
        ring.destroy(&[erasure]).await.unwrap();
        ring.keep_folded(&stream, about(alice), moment).await;
        assert!(ring.folded(&stream).await.is_none());
    }
}
