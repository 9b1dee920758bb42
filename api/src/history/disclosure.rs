//! Whoever is shown personal data of others out of the history leaves a trace in it, which those others
//! see. The trace comes first: where it cannot be left, nothing is shown.

use std::collections::BTreeMap;

use muniment_domain::{PersonalData, PersonalDataCommand, UserId};
use muniment_store::{Batch, Execution};
use uuid::Uuid;

use crate::{accounts::AccountError, app::App, auth::Actor};

/// Persons in one append.
const AT_ONCE: usize = 100;

/// What is about to be shown to somebody: how many entries of whose history.
#[derive(Debug)]
pub struct Disclosures {
    reader: Actor,
    entries: BTreeMap<Uuid, u32>,
}

impl Disclosures {
    #[must_use]
    pub fn to(reader: &Actor) -> Self {
        Self {
            reader: reader.clone(),
            entries: BTreeMap::new(),
        }
    }

    /// One more entry with personal data of `subject`. What is one's own is no disclosure.
    pub fn add(&mut self, subject: Option<Uuid>) {
        let own = self.reader.user().map(|reader| reader.as_uuid());
        if let Some(subject) = subject.filter(|subject| Some(*subject) != own) {
            let entries = self.entries.entry(subject).or_default();
            *entries = entries.saturating_add(1);
        }
    }

    /// Writes them down; only then may the data be shown.
    pub async fn record(self, app: &App) -> Result<(), AccountError> {
        let all: Vec<(Uuid, u32)> = self.entries.into_iter().collect();
        for some in all.chunks(AT_ONCE) {
            let mut batch = Batch::<AccountError>::new();
            for (subject, entries) in some {
                let command = PersonalDataCommand::RecordDisclosure {
                    user_id: UserId::from_uuid(*subject),
                    entries: *entries,
                };
                batch = batch.then::<PersonalData>(*subject, command);
            }
            let execution = Execution::new(self.reader.metadata());
            app.present().journal.execute_all(&batch, execution).await?;
        }
        Ok(())
    }
}
