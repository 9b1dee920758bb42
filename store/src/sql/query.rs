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
