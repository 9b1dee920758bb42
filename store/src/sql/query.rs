//! A statement and its parameters.

use std::{borrow::Cow, sync::LazyLock};

use prometheus_client::metrics::counter::Counter;
use sqlx::{Postgres, Sqlite, postgres::PgArguments, sqlite::SqliteArguments};
use uuid::Uuid;

/// A parameter, in the types that both databases share.
#[derive(Clone)]
pub enum Value {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value.into()))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    )*};
}

value_from! {
    Uuid => Uuid, String => Text, &str => Text, i64 => Int, u32 => Int, bool => Bool,
    Vec<u8> => Bytes, &[u8] => Bytes,
}

/// Statements sent by this process, to whichever database.
static STATEMENTS: LazyLock<Counter> = LazyLock::new(Counter::default);

/// How many statements this process has sent.
#[must_use]
pub fn statements() -> Counter {
    STATEMENTS.clone()
}

/// How many rows a statement may have. Few sizes, so that few statements are prepared.
const BATCHES: [usize; 6] = [1024, 256, 64, 16, 4, 1];

/// Cuts rows into parts that a statement takes each, in their order.
pub fn batches<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = BATCHES.into_iter().find(|size| *size <= rows.len())?;
        let (batch, rest) = rows.split_at(size);
        rows = rest;
        Some(batch)
    })
}

/// A statement with its parameters; never holds a value inside its text.
#[derive(Clone)]
#[must_use]
pub struct Query<'q> {
    pub(super) sql: Cow<'q, str>,
    pub(super) values: Vec<Value>,
}

pub fn query<'q>(sql: impl Into<Cow<'q, str>>) -> Query<'q> {
    Query {
        sql: sql.into(),
        values: Vec::new(),
    }
}

impl Query<'_> {
    /// Gives the next `$n` its value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends to the statement.
    pub fn push(mut self, sql: &str) -> Self {
        self.sql.to_mut().push_str(sql);
        self
    }

    /// Appends a condition whose `{}` becomes the next parameter.
    pub fn push_with(mut self, sql: &str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let placeholder = format!("${}", self.values.len());
        self.sql.to_mut().push_str(&sql.replace("{}", &placeholder));
        self
    }

    /// Appends parameters between brackets, as after `IN`; there has to be one.
    pub fn push_list<T: Into<Value>>(self, values: impl IntoIterator<Item = T>) -> Self {
        let mut statement = self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            statement = statement.push_with(if index == 0 { "{}" } else { ", {}" }, value);
        }
        statement.push(")")
    }

    /// Appends rows of parameters, as after `VALUES`: see [`batches`].
    pub fn push_rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Value; N]>) -> Self {
        for (index, row) in rows.into_iter().enumerate() {
            let sql = self.sql.to_mut();
            sql.push_str(if index == 0 { "(" } else { ", (" });
            for (column, value) in row.into_iter().enumerate() {
                self.values.push(value);
                sql.push_str(if column == 0 { "$" } else { ", $" });
                sql.push_str(&self.values.len().to_string());
            }
            sql.push(')');
        }
        self
    }

    /// The text and the parameters.
    #[must_use]
    pub fn into_parts(self) -> (String, Vec<Value>) {
        (self.sql.into_owned(), self.values)
    }

    /// To be sent, once: here statements are counted.
    pub(super) fn sqlite(&self) -> sqlx::query::Query<'_, Sqlite, SqliteArguments<'_>> {
        STATEMENTS.inc();
        self.values
            .iter()
            .fold(sqlx::query(&self.sql), |query, value| match value {
                Value::Uuid(v) => query.bind(*v),
                Value::Text(v) => query.bind(v.as_deref()),
                Value::Int(v) => query.bind(*v),
                Value::Bool(v) => query.bind(*v),
                Value::Bytes(v) => query.bind(v.as_deref()),
            })
    }

    /// The same.
    pub(super) fn postgres(&self) -> sqlx::query::Query<'_, Postgres, PgArguments> {
        STATEMENTS.inc();
        self.values
            .iter()
            .fold(sqlx::query(&self.sql), |query, value| match value {
                Value::Uuid(v) => query.bind(*v),
                Value::Text(v) => query.bind(v.as_deref()),
                Value::Int(v) => query.bind(*v),
                Value::Bool(v) => query.bind(*v),
                Value::Bytes(v) => query.bind(v.as_deref()),
            })
    }
}

impl std::fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Parameters may be personal data or secrets.
        f.debug_struct("Query")
            .field("sql", &self.sql)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_on() {
        let statement = query("SELECT $1 WHERE x IN ").bind(1u32).push_rows([
            [Value::from(2u32), Value::from(3u32)],
            [4u32, 5].map(Value::from),
        ]);
        assert_eq!(statement.sql, "SELECT $1 WHERE x IN ($2, $3), ($4, $5)");
        assert_eq!(statement.values.len(), 5);
    }

    #[test]
    fn batches_keep_the_order_and_lose_nothing() {
        let rows: Vec<u32> = (0..1_400).collect();
        let cut: Vec<&[u32]> = batches(&rows).collect();
        let sizes: Vec<usize> = cut.iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [1024, 256, 64, 16, 16, 16, 4, 4]);
        assert_eq!(cut.concat(), rows);
        assert_eq!(batches::<u32>(&[]).count(), 0);
    }
}
