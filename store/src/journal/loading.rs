//! Folding an aggregate from its stream: from the first event, or from where it was last left.

use std::collections::HashSet;

use cqrs_es::{Aggregate, AggregateContext};
use muniment_domain::StoredEvent;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Failure, Journal};
use crate::{keys::Folded, log::StreamId};

/// Events of a stream read at once.
const PAGE: u32 = 500;
/// Aggregates of fewer events are not kept: reading those costs next to nothing.
const WORTH_KEEPING: u64 = 16;

/// A loaded aggregate and where its stream stood.
pub(super) struct Loaded<A> {
    pub stream: StreamId,
    pub version: u64,
    pub aggregate: A,
}

impl<A: Aggregate> AggregateContext<A> for Loaded<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

/// What a stream holds above a version.
pub(super) struct Events<E> {
    /// With their sequences.
    pub events: Vec<(u64, E)>,
    /// Whom they are about.
    subjects: HashSet<Uuid>,
}

impl Journal {
    /// Folds an aggregate from its stream. What others have written meanwhile is always read.
    pub(super) async fn load<A>(&self, stream: StreamId) -> Result<Loaded<A>, Failure>
    where
        A: Aggregate,
        A::Event: StoredEvent,
    {
        let keys = self.codec.keys();
        let moment = keys.moment();
        let (known, aggregate, mut subjects) = match keys.folded(&stream).await {
            Some(folded) => match serde_json::from_slice(&folded.state) {
                Ok(aggregate) => (folded.version, aggregate, folded.subjects.clone()),
                Err(_) => (0, A::default(), HashSet::new()),
            },
            None => (0, A::default(), HashSet::new()),
        };
        let mut loaded = Loaded {
            version: known,
            aggregate,
            stream,
        };
        let new = self.events::<A>(&loaded.stream, known).await?;
        for (sequence, event) in new.events {
            loaded.version = sequence;
            loaded.aggregate.apply(event);
        }
        if loaded.version > known
            && loaded.version >= WORTH_KEEPING
            && let Ok(state) = serde_json::to_vec(&loaded.aggregate)
        {
            subjects.extend(new.subjects);
            let folded = Folded {
                version: loaded.version,
                state: Zeroizing::new(state),
                subjects,
            };
            keys.keep_folded(&loaded.stream, folded, moment).await;
        }
        Ok(loaded)
    }

    /// Makes the next command read the whole stream.
    pub(super) async fn forget(&self, stream: &StreamId) {
        self.codec.keys().forget_folded(stream).await;
    }

    /// The events of a stream above a sequence.
    pub(super) async fn events<A>(
        &self,
        stream: &StreamId,
        mut after: u64,
    ) -> Result<Events<A::Event>, Failure>
    where
        A: Aggregate,
        A::Event: StoredEvent,
    {
        let mut found = Events {
            events: Vec::new(),
            subjects: HashSet::new(),
        };
        loop {
            let page = self
                .log
                .read_stream(stream, after, PAGE)
                .await
                .map_err(Failure::Read)?;
            for record in &page {
                let event = self
                    .codec
                    .open_as::<A::Event>(record)
                    .await
                    .map_err(Failure::Codec)?;
                after = record.sequence;
                found.subjects.extend(record.subject);
                found.events.push((record.sequence, event));
            }
            if page.len() < PAGE as usize {
                return Ok(found);
            }
        }
    }
}
