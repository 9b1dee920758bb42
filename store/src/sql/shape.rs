//! What columns a table has, read from the database itself.

use super::{Cell, DatabaseError, Dialect, Query, Row, Transaction, Value, query};

/// A table's columns, those of its primary key first.
#[derive(Debug, Clone)]
pub struct Shape {
    pub table: String,
    pub columns: Vec<Column>,
    /// How many of the columns are the primary key.
    pub keys: usize,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Bool,
    Text,
    Json,
    Bytes,
    Uuid,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "INTEGER" | "bigint" => Self::Int,
            "boolean" => Self::Bool,
            "TEXT" | "text" => Self::Text,
            "json" => Self::Json,
            "BLOB" | "bytea" => Self::Bytes,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }
}

const SQLITE: &str = "SELECT name, CAST(pk AS INTEGER) AS pk, type FROM pragma_table_info($1) \
    ORDER BY pk = 0, pk, cid";

const POSTGRES: &str = "SELECT name, pk, type FROM ( \
        SELECT a.attname::text AS name, a.attnum, format_type(a.atttypid, NULL) AS type, \
        coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)::int8 AS pk \
        FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
        WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped) c \
    ORDER BY pk = 0, pk, attnum";

impl Shape {
    pub async fn read(transaction: &mut Transaction, table: &str) -> Result<Self, DatabaseError> {
        let statement = match transaction.dialect() {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
        };
        let rows = transaction.fetch_all(query(statement).bind(table)).await?;
        let mut keys = 0;
        let columns = rows
            .iter()
            .map(|row| {
                keys += usize::from(row.get::<i64, _>("pk")? > 0);
                column(row)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            table: table.to_owned(),
            columns,
            keys,
        })
    }

    /// These columns in this order, in which the key may be anywhere.
    #[must_use]
    pub(crate) fn ordered(mut self, names: &[&str]) -> Self {
        self.columns
            .retain(|column| names.contains(&column.name.as_str()));
        self.columns
            .sort_by_key(|column| names.iter().position(|name| *name == column.name));
        self
    }

    /// `name, name`
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|c| c.name.as_str()).collect();
        names.join(", ")
    }

    /// The primary key as something to sort by, in the same order on every database.
    #[must_use]
    pub fn order(&self, dialect: Dialect) -> String {
        let keys: Vec<_> = self.columns[..self.keys]
            .iter()
            .map(|column| match (dialect, column.kind) {
                (Dialect::Postgres, Kind::Text) => format!("{} COLLATE \"C\"", column.name),
                _ => column.name.clone(),
            })
            .collect();
        keys.join(", ")
    }

    /// A statement that inserts rows with these columns.
    pub fn insert(&self, rows: &[Vec<Cell>]) -> Query<'static> {
        let mut statement = query(format!("INSERT INTO {} ({})", self.table, self.names()));
        for (n, row) in rows.iter().enumerate() {
            statement = statement.push(if n == 0 { " VALUES (" } else { "), (" });
            for (n, (column, cell)) in self.columns.iter().zip(row).enumerate() {
                let comma = if n == 0 { "" } else { ", " };
                let cast = if column.kind == Kind::Json {
                    "{}::json"
                } else {
                    "{}"
                };
                statement = statement.push_with(&format!("{comma}{cast}"), column.value(cell));
            }
        }
        statement.push(")")
    }
}

impl Column {
    /// A value read from this column's counterpart in whichever database.
    fn value(&self, cell: &Cell) -> Value {
        match (self.kind, cell) {
            (Kind::Int, _) => Value::Int(cell.int()),
            (Kind::Bool, _) => Value::Bool(cell.int().map(|int| int != 0)),
            (Kind::Text | Kind::Json, _) => Value::Text(cell.text().map(str::to_owned)),
            (Kind::Uuid, _) => Value::Uuid(cell.uuid()),
            (Kind::Bytes, Cell::Bytes(bytes)) => Value::Bytes(Some(bytes.clone())),
            (Kind::Bytes, _) => Value::Bytes(None),
        }
    }
}

fn column(row: &Row) -> Result<Column, DatabaseError> {
    let name: String = row.get("name")?;
    let kind: String = row.get("type")?;
    let kind = Kind::named(&kind).ok_or_else(|| {
        DatabaseError::from(sqlx::Error::Decode(
            format!("column {name} is of type {kind}").into(),
        ))
    })?;
    Ok(Column { name, kind })
}
