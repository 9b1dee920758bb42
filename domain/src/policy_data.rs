//! Policy data: what administrators set at run time for the policy's rules to go by. Each setting is
//! a new one that replaces the one before as a whole; none is ever changed.

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Claim, PolicyDataId, StoredEvent, catalogue::events};

#[derive(Debug, Clone)]
pub enum PolicyDataCommand {
    SetPolicyData {
        policy_data_id: PolicyDataId,
        /// JSON, of which the caller knows that the policy works with it.
        data: String,
    },
}

events! {
    /// What has happened to the policy's data.
    pub enum PolicyDataEvent of "policy_data" {
        /// New data for the policy's rules replaced what was set before.
        PolicyDataSet is "policy_data.set" version "1" {
            policy_data_id: PolicyDataId,
            /// JSON, as a text: what it holds is for the policy alone to understand.
            data: String,
        }
    }
}

impl StoredEvent for PolicyDataEvent {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::PolicyDataSet { .. } => None,
        }
    }

    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::PolicyDataSet { .. } => Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyDataError {
    #[error("the policy data has been set already")]
    AlreadySet,
}

impl PolicyDataError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadySet => "policy_data.already_set",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PolicyData {
    set: bool,
}

impl Aggregate for PolicyData {
    const TYPE: &'static str = "policy_data";
    type Command = PolicyDataCommand;
    type Event = PolicyDataEvent;
    type Error = PolicyDataError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        match command {
            PolicyDataCommand::SetPolicyData {
                policy_data_id,
                data,
            } => {
                if self.set {
                    return Err(PolicyDataError::AlreadySet);
                }
                let event = PolicyDataEvent::PolicyDataSet {
                    policy_data_id,
                    data,
                };
                sink.write(event, self).await;
            }
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            PolicyDataEvent::PolicyDataSet { .. } => self.set = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn set() -> PolicyDataCommand {
        PolicyDataCommand::SetPolicyData {
            policy_data_id: PolicyDataId::default(),
            data: "{}".to_owned(),
        }
    }

    fn was_set() -> PolicyDataEvent {
        PolicyDataEvent::PolicyDataSet {
            policy_data_id: PolicyDataId::default(),
            data: "{}".to_owned(),
        }
    }

    #[test]
    fn setting_policy_data_is_recorded() {
        TestFramework::<PolicyData>::with(())
            .given_no_previous_events()
            .when(set())
            .then_expect_events(vec![was_set()]);
    }

    #[test]
    fn policy_data_that_was_set_is_never_changed() {
        TestFramework::<PolicyData>::with(())
            .given(vec![was_set()])
            .when(set())
            .then_expect_error(PolicyDataError::AlreadySet);
    }
}
