//! `muniment audit replay`.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use muniment_domain::UserId;
use muniment_projections::{ComparedTable, Discrepancy, Leaves, Replay};
use muniment_store::{
    check::{Difference, DifferenceKind, Finding, destroyed_keys},
    log::{LogError, Position, head_within},
    migrate::refuse_unfinished,
    sql::{Cell, Transaction, scratch},
};
use serde_json::{Value, json};

use super::{
    CliError, context,
    log::parts::{Keyed, Opened},
    output::{self, Format},
    progress,
};
use crate::{http::rfc3339_z, settings};

pub const AFTER_HELP: &str = "\
Exit status: 0 the read models are what the events amount to, 7 they are not, or an event cannot be \
taken.

The values of rows that differ are printed, and may be personal data.";

/// How often a replay begins again because somebody was erased meanwhile.
const ATTEMPTS: u32 = 3;

#[derive(Debug, Args)]
pub struct ReplayLog {
    /// Replay up to this position alone. Read models are of the newest event, so that with an older
    /// one there is nothing to compare
    #[arg(long, value_name = "POSITION")]
    to: Option<Position>,
    /// How many differences to print, of each table; the others are counted
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u64,
}

/// What a replay has shown.
struct Outcome {
    /// Up to where it went.
    to: Position,
    head: Position,
    took: Duration,
    tables: Vec<ComparedTable>,
    differences: Differences,
}

/// What differs: the first of each table, and how many there are.
struct Differences {
    limit: u64,
    told: Vec<Discrepancy>,
    counts: BTreeMap<String, u64>,
}

impl ReplayLog {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let ambient = context::Ambient::new()?;
        let config = context::load(files, &ambient)?;
        let parts = settings::parts(&config, ambient.clock, ambient.entropy)?;
        // Not as the server does it: that would repair what is to be reported, and start what sends.
        let opened = Opened::open(&parts.database).await?;
        refuse_unfinished(&opened.database).await?;
        let keyed = opened.keyed(&parts.master, parts.entropy).await?;
        let replayed = self.replay(&opened, &keyed).await;
        opened.close().await;
        let outcome = replayed?;
        match format {
            Format::Json => output::print_json(&outcome.json()),
            Format::Text => outcome.print(),
        }
        match outcome.differences.count() {
            0 => Ok(()),
            1 => Err(CliError::Damaged("1 thing differs".to_owned())),
            count => Err(CliError::Damaged(format!("{count} things differ"))),
        }
    }

    /// A key that is destroyed in the middle of a replay makes unreadable what the snapshot still
    /// shows in clear. That is no damage.
    async fn replay(&self, opened: &Opened, keyed: &Keyed) -> Result<Outcome, CliError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let destroyed = destroyed_keys(&opened.keys).await?;
            let outcome = self.replay_once(opened, keyed).await?;
            if outcome.differences.count() == 0
                || attempt == ATTEMPTS
                || destroyed == destroyed_keys(&opened.keys).await?
            {
                return Ok(outcome);
            }
        }
    }

    async fn replay_once(&self, opened: &Opened, keyed: &Keyed) -> Result<Outcome, CliError> {
        let mut live = Transaction::snapshot(&opened.database).await?;
        let head = head_within(&mut live).await.map_err(LogError::from)?;
        let to = match self.to {
            Some(to) if to > head => {
                return Err(CliError::NotFound(format!(
                    "there is no position {to}, the log ends at {head}"
                )));
            }
            to => to.unwrap_or(head),
        };
        let mut differences = Differences::new(self.limit);
        let bar = progress::bar();
        bar.set_message("replaying");
        bar.set_length(to);
        let began = Instant::now();
        let replay = Replay {
            live,
            scratch: scratch().await?,
            to,
            leaves: Leaves::Rows,
        };
        let untaken = |finding| differences.add(Discrepancy::Model(finding));
        let replayed = keyed
            .projections
            .replay(replay, |position| bar.set_position(position), untaken)
            .await;
        let took = began.elapsed();
        bar.finish_and_clear();
        let mut replay = replayed?;
        let mut tables = Vec::new();
        if to == head {
            let (scratch, live) = (&mut replay.scratch, &mut replay.live);
            tables = keyed
                .projections
                .discrepancies(scratch, live, head, |found| differences.add(found))
                .await?;
        }
        Ok(Outcome {
            to,
            head,
            took,
            tables,
            differences,
        })
    }
}

impl Outcome {
    fn events_per_second(&self) -> u64 {
        let millis = self.took.as_millis().max(1);
        u64::try_from(u128::from(self.to) * 1000 / millis).unwrap_or(u64::MAX)
    }

    fn print(&self) {
        outln!(
            "Replayed the events up to position {} in {:.1} s, {} a second",
            self.to,
            self.took.as_secs_f64(),
            self.events_per_second()
        );
        if self.to < self.head {
            outln!(
                "The read models stand at position {}: nothing was compared",
                self.head
            );
        } else {
            let counts = &self.differences.counts;
            output::print_table(
                ["TABLE", "ROWS", "DIFFERENCES"],
                self.tables.iter().map(|compared| {
                    let count = counts.get(compared.table).copied().unwrap_or_default();
                    let (table, rows) = (compared.table.to_owned(), compared.rows.to_string());
                    [table, rows, count.to_string()]
                }),
            );
        }
        for discrepancy in &self.differences.told {
            outln!("{}", line(discrepancy));
        }
        for (table, more) in self.differences.untold() {
            outln!("{table}: {more} more");
        }
    }

    fn json(&self) -> Value {
        let tables: Vec<Value> = self
            .tables
            .iter()
            .map(|compared| json!({"table": compared.table, "rows": compared.rows}))
            .collect();
        let differences: Vec<Value> = self.differences.told.iter().map(in_json).collect();
        json!({
            "sound": self.differences.count() == 0,
            "position": self.to,
            "head": self.head,
            "compared": self.to == self.head,
            "seconds": self.took.as_secs_f64(),
            "events_per_second": self.events_per_second(),
            "tables": tables,
            "differences": differences,
            "untold": self.differences.untold().collect::<BTreeMap<_, _>>(),
        })
    }
}

impl Differences {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            told: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn add(&mut self, discrepancy: Discrepancy) {
        let (Discrepancy::Model(Finding { table, .. })
        | Discrepancy::Row(Difference { table, .. })) = &discrepancy;
        let count = self.counts.entry(table.clone()).or_default();
        *count += 1;
        if *count <= self.limit {
            self.told.push(discrepancy);
        }
    }

    fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Tables with more differences than are told, and how many more.
    fn untold(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts
            .iter()
            .filter(|(_, count)| **count > self.limit)
            .map(|(table, count)| (table.as_str(), count - self.limit))
    }
}

fn line(discrepancy: &Discrepancy) -> String {
    let difference = match discrepancy {
        Discrepancy::Model(finding) => return finding.to_string(),
        Discrepancy::Row(difference) => difference,
    };
    match &difference.kind {
        DifferenceKind::Missing | DifferenceKind::Foreign => {
            Finding::from(difference.clone()).to_string()
        }
        DifferenceKind::Value {
            column,
            expected,
            found,
        } => format!(
            "{}: {}: {column}: expected {}, found {}",
            difference.table,
            difference.place,
            shown(column, expected),
            shown(column, found)
        ),
    }
}

fn in_json(discrepancy: &Discrepancy) -> Value {
    let finding = Finding::from(discrepancy.clone());
    let mut json = json!({
        "table": finding.table,
        "row": finding.place,
        "column": finding.column,
        "problem": finding.problem,
    });
    if let Discrepancy::Row(Difference {
        kind:
            DifferenceKind::Value {
                column,
                expected,
                found,
            },
        ..
    }) = discrepancy
    {
        json["expected"] = value(column, expected);
        json["found"] = value(column, found);
    }
    json
}

fn shown(column: &str, cell: &Cell) -> String {
    match value(column, cell) {
        Value::Null => "nothing".to_owned(),
        value => value.to_string(),
    }
}

/// Ids as ULIDs, times as RFC 3339.
fn value(column: &str, cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(at) if column.ends_with("_at") || column.ends_with("_from") => {
            Value::String(rfc3339_z(*at))
        }
        Cell::Int(number) => json!(number),
        Cell::Text(text) => json!(text),
        Cell::Bytes(bytes) => match cell.uuid() {
            Some(id) => Value::String(UserId::from_uuid(id).to_string()),
            None => Value::String(hex::encode(bytes)),
        },
    }
}
