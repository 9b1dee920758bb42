//! Read models of an earlier time, as far as one person is concerned: made of the events about them,
//! and of those about the clients and accounts that their sessions hang on.

use std::collections::{BTreeMap, HashSet};

use cqrs_es::Aggregate;
use muniment_domain::{
    BrowserSessionEvent, Client, ClientId, Event, Oauth2SessionEvent, PersonalSessionEvent,
    PersonalSessionOwner, User, UserId,
};
use muniment_store::{
    check::Finding,
    log::{Applied, Position, RecordedEvent, StreamId},
    sql::{DatabaseError, scratch_database},
};

use crate::{ProjectionsError, Reads, batch::Batches, reads::reason};

/// Events about a person that are read at once.
const PAGE: u32 = 1000;

/// What there was when the event at a position was the newest. All queries can be asked of it.
#[derive(Debug, Clone)]
pub struct Then {
    pub position: Position,
    /// On a database of its own, which goes when this goes.
    pub reads: Reads,
}

impl Reads {
    /// One person with all that is theirs, as it stood when the event at a position was the newest;
    /// `None` when nothing had been said about them yet. `each` is called for every event about them.
    pub async fn person_at(
        &self,
        person: UserId,
        position: Position,
        each: impl FnMut(&RecordedEvent, &Event) + Send,
    ) -> Result<Option<Then>, DatabaseError> {
        let folded = self.fold(person, position, each).await;
        folded.map_err(|error| match reason(error) {
            Err(outage) => outage,
            Ok(reason) => {
                tracing::error!(
                    user.id = %person,
                    reason,
                    "what an account was cannot be worked out; who asks is told to try again"
                );
                DatabaseError::Unknown(reason)
            }
        })
    }

    async fn fold(
        &self,
        person: UserId,
        position: Position,
        mut each: impl FnMut(&RecordedEvent, &Event) + Send,
    ) -> Result<Option<Then>, ProjectionsError> {
        let mut others = self
            .others_of(person, position)
            .await?
            .into_iter()
            .peekable();
        let database = scratch_database().await?;
        let mut scratch = database.begin().await?;
        let mut batches = Batches::new(&self.projections);
        let mut untaken = None;
        let mut note = |finding: Finding| {
            untaken.get_or_insert(finding);
        };
        let (mut after, mut known) = (0, false);
        loop {
            let (page, is_last) = self.about(person, after, position).await?;
            for record in &page {
                while let Some((_, other)) = others.next_if(|(at, _)| *at < record.position) {
                    let event = &self.projections.open(&other).await?;
                    let record = &other;
                    batches.add(Applied { record, event }, &mut note)?;
                }
                let event = &self.projections.open(record).await?;
                batches.add(Applied { record, event }, &mut note)?;
                each(record, event);
                after = record.position;
                known = true;
            }
            batches.flush(&mut scratch, &mut note).await?;
            if is_last {
                break;
            }
        }
        for (_, other) in others {
            let event = &self.projections.open(&other).await?;
            let record = &other;
            batches.add(Applied { record, event }, &mut note)?;
        }
        batches.flush(&mut scratch, &mut note).await?;
        scratch.commit().await?;
        if let Some(finding) = untaken {
            return Err(ProjectionsError::Untaken(finding.to_string()));
        }
        Ok(known.then(|| Then {
            position,
            reads: self.of(database),
        }))
    }

    /// A page of the events about a person, and whether it is the last.
    async fn about(
        &self,
        person: UserId,
        after: Position,
        position: Position,
    ) -> Result<(Vec<RecordedEvent>, bool), ProjectionsError> {
        let mut page = self.log.read_subject(person.as_uuid(), after, PAGE).await?;
        page.retain(|record| record.position <= position);
        let is_last = page.len() < PAGE as usize;
        Ok((page, is_last))
    }

    /// The events of the clients and accounts that a person's sessions hang on, by position.
    async fn others_of(
        &self,
        person: UserId,
        position: Position,
    ) -> Result<BTreeMap<Position, RecordedEvent>, ProjectionsError> {
        let mut streams = HashSet::new();
        let mut after = 0;
        loop {
            let (page, is_last) = self.about(person, after, position).await?;
            for record in &page {
                after = record.position;
                let event = self.projections.open(record).await?;
                streams.extend(hangs_on(&event, person));
            }
            if is_last {
                break;
            }
        }
        let mut others = BTreeMap::new();
        for stream in streams {
            let of_stream = self.stream(&stream, position).await?.into_iter();
            // What is about the person is read with all that is.
            let of_others = of_stream.filter(|record| record.subject != Some(person.as_uuid()));
            others.extend(of_others.map(|record| (record.position, record)));
        }
        Ok(others)
    }
}

/// The stream of whom a session that this event began hangs on, besides the person.
fn hangs_on(event: &Event, person: UserId) -> Option<StreamId> {
    let client = |id: &ClientId| StreamId::new(Client::TYPE, id.as_uuid());
    match event {
        Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted { client_id, .. })
        | Event::BrowserSession(
            BrowserSessionEvent::ConsentGiven { client_id, .. }
            | BrowserSessionEvent::ConsentRefused { client_id, .. },
        ) => Some(client(client_id)),
        Event::PersonalSession(PersonalSessionEvent::PersonalSessionCreated { owner, .. }) => {
            match owner {
                PersonalSessionOwner::Client(id) => Some(client(id)),
                PersonalSessionOwner::User(id) if *id == person => None,
                PersonalSessionOwner::User(id) => Some(StreamId::new(User::TYPE, id.as_uuid())),
            }
        }
        _ => None,
    }
}
