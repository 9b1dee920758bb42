//! Disclosures: that somebody was shown another person's data out of the history. One stream for each
//! person whose data it is.

use std::convert::Infallible;

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Claim, StoredEvent, UserId, catalogue::events};

#[derive(Debug, Clone)]
pub enum PersonalDataCommand {
    /// Whoever issues it shows the data afterwards, and not at all when this fails.
    RecordDisclosure {
        user_id: UserId,
        /// How many entries of the history.
        entries: u32,
    },
}

events! {
    /// What has happened to a person's data in the history.
    pub enum PersonalDataEvent of "personal_data" {
        /// Personal data out of the person's history was shown to somebody else: to whoever caused this
        /// event.
        PersonalDataDisclosed is "personal_data.disclosed" version "1" {
            user_id: UserId,
            /// How many entries of the history it stood in.
            entries: u32,
        }
    }
}

impl StoredEvent for PersonalDataEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::PersonalDataDisclosed { user_id, .. } => Some(user_id.as_uuid()),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::PersonalDataDisclosed { .. } => Vec::new(),
        }
    }
}

/// One person's data, as far as the history holds it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PersonalData;

impl Aggregate for PersonalData {
    const TYPE: &'static str = "personal_data";
    type Command = PersonalDataCommand;
    type Event = PersonalDataEvent;
    /// It is a fact already, and nothing speaks against recording it.
    type Error = Infallible;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        match command {
            PersonalDataCommand::RecordDisclosure { entries: 0, .. } => {}
            PersonalDataCommand::RecordDisclosure { user_id, entries } => {
                let event = PersonalDataEvent::PersonalDataDisclosed { user_id, entries };
                sink.write(event, self).await;
            }
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            PersonalDataEvent::PersonalDataDisclosed { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn record(entries: u32) -> PersonalDataCommand {
        PersonalDataCommand::RecordDisclosure {
            user_id: UserId::default(),
            entries,
        }
    }

    fn disclosed(entries: u32) -> PersonalDataEvent {
        PersonalDataEvent::PersonalDataDisclosed {
            user_id: UserId::default(),
            entries,
        }
    }

    #[test]
    fn each_disclosure_is_recorded() {
        TestFramework::<PersonalData>::with(())
            .given(vec![disclosed(3)])
            .when(record(3))
            .then_expect_events(vec![disclosed(3)]);
    }

    #[test]
    fn nothing_shown_is_nothing_recorded() {
        TestFramework::<PersonalData>::with(())
            .given_no_previous_events()
            .when(record(0))
            .then_expect_events(Vec::new());
    }
}
