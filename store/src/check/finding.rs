//! What a check reports.

use std::{collections::BTreeMap, fmt};

use muniment_domain::UserId;
use serde::Serialize;

use crate::sql::Cell;

/// Findings told in full, of each table; the others are only counted.
const TOLD: u64 = 20;

/// One thing that is not as it should be. Never holds a value that may be personal data: reports are
/// passed around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub table: String,
    /// Which row: `position 17`, `id 01…`.
    pub place: String,
    pub column: Option<String>,
    pub problem: String,
}

impl Finding {
    /// About the event at a position.
    pub(crate) fn of_event(position: i64, column: &str, problem: impl Into<String>) -> Self {
        Self {
            table: "events".to_owned(),
            place: format!("position {position}"),
            column: Some(column.to_owned()),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.table, self.place, self.problem)
    }
}

/// The findings of a check: the first ones of each table, and how many there are.
#[derive(Debug, Default)]
pub struct Findings {
    told: Vec<Finding>,
    counts: BTreeMap<String, u64>,
}

impl Findings {
    pub fn add(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.table.clone()).or_default();
        *count += 1;
        if *count <= TOLD {
            self.told.push(finding);
        }
    }

    /// Adds those of a part, after its own.
    pub(crate) fn extend(&mut self, part: Self) {
        let mut untold = part.counts;
        for finding in part.told {
            if let Some(count) = untold.get_mut(&finding.table) {
                *count -= 1;
            }
            self.add(finding);
        }
        for (table, count) in untold.into_iter().filter(|(_, count)| *count > 0) {
            *self.counts.entry(table).or_default() += count;
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    #[must_use]
    pub fn told(&self) -> &[Finding] {
        &self.told
    }

    /// How many there are, told or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Tables with more findings than are told, and how many more.
    pub fn untold(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts
            .iter()
            .filter(|(_, count)| **count > TOLD)
            .map(|(table, count)| (table.as_str(), count - TOLD))
    }
}

/// Names a row by its key; ids as the ULIDs that are used everywhere else.
#[must_use]
pub fn row_place<'a>(key: impl IntoIterator<Item = (&'a str, &'a Cell)>) -> String {
    let parts: Vec<String> = key
        .into_iter()
        .map(|(name, cell)| match cell {
            Cell::Int(int) => format!("{name} {int}"),
            Cell::Text(text) => format!("{name} {text}"),
            Cell::Null => format!("{name} missing"),
            Cell::Bytes(_) => match cell.uuid() {
                Some(id) => format!("{name} {}", UserId::from_uuid(id)),
                None => format!("{name} not an id"),
            },
        })
        .collect();
    parts.join(", ")
}
