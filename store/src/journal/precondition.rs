//! What has to be so for a command to be done at all, decided with the append.

use uuid::Uuid;

use crate::log::StreamId;

/// Where the aggregate of a command has to stand: at one of these versions. A command that changes
/// nothing is held to it too, and none is decided again at a newer version than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precondition(Vec<(Uuid, u64)>);

impl Precondition {
    /// Aggregates, each with the sequence of its last event. Of none, nothing fulfils it.
    #[must_use]
    pub const fn any_of(versions: Vec<(Uuid, u64)>) -> Self {
        Self(versions)
    }

    /// Of an aggregate that does not exist nothing is expected: the command says so better.
    pub(super) fn holds(&self, stream: &StreamId, version: u64) -> bool {
        version == 0
            || self
                .0
                .iter()
                .any(|(id, at)| *at == version && id.to_string() == stream.aggregate_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_versions_of_that_very_stream_will_do() {
        let (id, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let precondition = Precondition::any_of(vec![(id, 3), (other, 4)]);
        let holds = |id, version| precondition.holds(&StreamId::new("user", id), version);
        assert!(holds(id, 3) && holds(other, 4));
        assert!(!holds(id, 4) && !holds(other, 3) && !holds(id, 2));
        assert!(holds(id, 0), "nothing is there");
        assert!(!Precondition::any_of(Vec::new()).holds(&StreamId::new("user", id), 1));
    }
}
