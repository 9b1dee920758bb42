//! The value of any column, in a form in which the rows of two databases can be compared.

use sqlx::{
    Column as _, Row as _, TypeInfo as _, ValueRef as _, postgres::PgRow, sqlite::SqliteRow,
};
use uuid::Uuid;

use super::{DatabaseError, Row};

/// A value. Booleans are numbers and UUIDs are bytes, as SQLite has them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // May be personal data or a secret.
        f.write_str("Cell(***)")
    }
}

impl Cell {
    #[must_use]
    pub fn uuid(&self) -> Option<Uuid> {
        match self {
            Self::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
            Self::Null | Self::Int(_) | Self::Text(_) => None,
        }
    }

    #[must_use]
    pub const fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Null | Self::Text(_) | Self::Bytes(_) => None,
        }
    }

    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Int(_) | Self::Bytes(_) => None,
        }
    }
}

impl Row {
    /// Every value of the row, in the order of the statement.
    pub fn cells(&self) -> Result<Vec<Cell>, DatabaseError> {
        let cells: Result<Vec<Cell>, sqlx::Error> = match self {
            Self::Sqlite(row) => (0..row.len()).map(|n| sqlite_cell(row, n)).collect(),
            Self::Postgres(row) => (0..row.len()).map(|n| postgres_cell(row, n)).collect(),
        };
        Ok(cells?)
    }
}

fn sqlite_cell(row: &SqliteRow, index: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    Ok(match value.type_info().name() {
        "INTEGER" => Cell::Int(row.try_get_unchecked(index)?),
        // Damaged text is not UTF-8, and is for the caller to judge.
        "TEXT" => text_or_bytes(row.try_get_unchecked(index)?),
        "BLOB" => Cell::Bytes(row.try_get_unchecked(index)?),
        other => return Err(unknown(row.column(index).name(), other)),
    })
}

fn text_or_bytes(bytes: Vec<u8>) -> Cell {
    match String::from_utf8(bytes) {
        Ok(text) => Cell::Text(text),
        Err(error) => Cell::Bytes(error.into_bytes()),
    }
}

fn postgres_cell(row: &PgRow, index: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    Ok(match value.type_info().name() {
        "INT8" => Cell::Int(row.try_get(index)?),
        "BOOL" => Cell::Int(row.try_get::<bool, _>(index)?.into()),
        // `json` travels as its exact text.
        "TEXT" | "JSON" => Cell::Text(row.try_get_unchecked(index)?),
        "BYTEA" => Cell::Bytes(row.try_get(index)?),
        "UUID" => Cell::Bytes(row.try_get::<Uuid, _>(index)?.as_bytes().to_vec()),
        other => return Err(unknown(row.column(index).name(), other)),
    })
}

fn unknown(column: &str, kind: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("column {column} is of type {kind}").into())
}
