//! Comparing the rows of two databases, in one pass over both.

use std::cmp::Ordering;

use futures_util::{StreamExt, stream::BoxStream};

use super::{Finding, row_place};
use crate::sql::{Cell, DatabaseError, Query, Row, Shape, Transaction, query};

/// What there is under one key.
#[derive(Debug)]
pub enum Pair {
    /// Only where it was worked out from the events.
    Missing(Vec<Cell>),
    /// Only in the live database.
    Foreign(Vec<Cell>),
    Both {
        expected: Vec<Cell>,
        found: Vec<Cell>,
    },
}

/// Walks through the rows of two statements, both sorted by their first `keys` columns. Answers how
/// many rows the live database has.
pub async fn merge(
    (scratch, expected): (&mut Transaction, Query<'_>),
    (live, found): (&mut Transaction, Query<'_>),
    keys: usize,
    mut each: impl FnMut(Pair) + Send,
) -> Result<u64, DatabaseError> {
    let mut expected_rows = scratch.fetch(&expected);
    let mut found_rows = live.fetch(&found);
    let mut expected = next(&mut expected_rows).await?;
    let mut found = next(&mut found_rows).await?;
    let mut count = 0;
    loop {
        let order = match (&expected, &found) {
            (None, None) => return Ok(count),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(expected), Some(found)) => expected[..keys].cmp(&found[..keys]),
        };
        let from_scratch = if order.is_le() {
            let row = next(&mut expected_rows).await?;
            std::mem::replace(&mut expected, row)
        } else {
            None
        };
        let from_live = if order.is_ge() {
            count += 1;
            let row = next(&mut found_rows).await?;
            std::mem::replace(&mut found, row)
        } else {
            None
        };
        match (from_scratch, from_live) {
            (Some(expected), Some(found)) => each(Pair::Both { expected, found }),
            (Some(expected), None) => each(Pair::Missing(expected)),
            (None, Some(found)) => each(Pair::Foreign(found)),
            (None, None) => return Ok(count),
        }
    }
}

async fn next(
    rows: &mut BoxStream<'_, Result<Row, DatabaseError>>,
) -> Result<Option<Vec<Cell>>, DatabaseError> {
    match rows.next().await {
        Some(row) => Ok(Some(row?.cells()?)),
        None => Ok(None),
    }
}

/// A row of a table that is not what the events amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub table: String,
    /// Which row: `id 01…`.
    pub place: String,
    pub kind: DifferenceKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The row is not there.
    Missing,
    /// No event accounts for the row.
    Foreign,
    /// The row has another value.
    Value {
        column: String,
        expected: Cell,
        found: Cell,
    },
}

impl From<Difference> for Finding {
    /// Without the values, which may be personal data.
    fn from(difference: Difference) -> Self {
        let (column, problem) = match difference.kind {
            DifferenceKind::Missing => (None, "the row is missing".to_owned()),
            DifferenceKind::Foreign => (None, "no event accounts for the row".to_owned()),
            DifferenceKind::Value { column, .. } => {
                let problem = format!("{column} differs from what the events say");
                (Some(column), problem)
            }
        };
        Self {
            table: difference.table,
            place: difference.place,
            column,
            problem,
        }
    }
}

/// Compares a whole table with what it should hold. Answers how many rows the live one has.
pub async fn compare_table(
    scratch: &mut Transaction,
    live: &mut Transaction,
    table: &str,
    mut each: impl FnMut(Difference) + Send,
) -> Result<u64, DatabaseError> {
    let shape = Shape::read(scratch, table).await?;
    let select = |transaction: &Transaction| {
        query(format!(
            "SELECT {} FROM {table} ORDER BY {}",
            shape.names(),
            shape.order(transaction.dialect())
        ))
    };
    let (expected, found) = (select(scratch), select(live));
    let names: Vec<&str> = shape.columns.iter().map(|c| c.name.as_str()).collect();
    let place = |row: &[Cell]| row_place(names.iter().copied().zip(&row[..shape.keys]));
    merge((scratch, expected), (live, found), shape.keys, |pair| {
        let mut add = |row: &[Cell], kind: DifferenceKind| {
            each(Difference {
                table: table.to_owned(),
                place: place(row),
                kind,
            });
        };
        match pair {
            Pair::Missing(row) => add(&row, DifferenceKind::Missing),
            Pair::Foreign(row) => add(&row, DifferenceKind::Foreign),
            Pair::Both { expected, found } => {
                for (name, (expected, there)) in names.iter().zip(expected.iter().zip(&found)) {
                    if expected != there {
                        let kind = DifferenceKind::Value {
                            column: (*name).to_owned(),
                            expected: expected.clone(),
                            found: there.clone(),
                        };
                        add(&found, kind);
                    }
                }
            }
        }
    })
    .await
}
