//! Paging by key.

use muniment_store::sql::{Database, DatabaseError, Query, Row};
use uuid::Uuid;

/// From which end of the range a page is taken. The page itself is always in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
}

/// Which rows of a list are wanted; both bounds are exclusive and need not exist.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    pub after: Option<Uuid>,
    pub before: Option<Uuid>,
    pub direction: Direction,
    pub limit: u32,
}

#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Whether the list goes on beyond the page in its direction.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The same page of something else.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(to).collect(),
            has_more: self.has_more,
        }
    }
}

impl PageRequest {
    /// The page of a list that is in memory, sorted by its ids.
    pub fn cut<T: Clone>(&self, sorted: &[T], id: impl Fn(&T) -> Uuid) -> Page<T> {
        let within = |item: &&T| {
            self.after.is_none_or(|after| id(item) > after)
                && self.before.is_none_or(|before| id(item) < before)
        };
        let mut items: Vec<T> = sorted.iter().filter(within).cloned().collect();
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let surplus = items.len().saturating_sub(limit);
        match self.direction {
            Direction::Forward => items.truncate(limit),
            Direction::Backward => drop(items.drain(..surplus)),
        }
        Page {
            items,
            has_more: surplus > 0,
        }
    }

    /// Runs a query that ends within its `WHERE` clause and whose table has a column `id`.
    pub(super) async fn fetch<T>(
        &self,
        database: &Database,
        query: Query<'_>,
        read: impl Fn(&Row) -> Result<T, DatabaseError>,
    ) -> Result<Page<T>, DatabaseError> {
        let rows = database.fetch_all(self.end(self.bound(query))).await?;
        self.read(&rows, read)
    }

    /// Appends the page's bounds to a query as [`PageRequest::fetch`] takes it.
    pub(super) fn bound<'q>(&self, mut query: Query<'q>) -> Query<'q> {
        if let Some(after) = self.after {
            query = query.push_with(" AND id > {}", after);
        }
        if let Some(before) = self.before {
            query = query.push_with(" AND id < {}", before);
        }
        query
    }

    /// Appends the page's order and its length, with one row more, which tells whether the list goes
    /// on.
    pub(super) fn end<'q>(&self, query: Query<'q>) -> Query<'q> {
        query
            .push(match self.direction {
                Direction::Forward => " ORDER BY id",
                Direction::Backward => " ORDER BY id DESC",
            })
            .push_with(" LIMIT {}", i64::from(self.limit) + 1)
    }

    /// The same as [`PageRequest::fetch`] of a list in the order of one of its table's columns, which
    /// has to lead an index. Rows that are equal in it are told apart by their ids. The bounds are
    /// still ids; one that nothing has lets nothing through.
    pub(super) async fn fetch_by<T>(
        &self,
        database: &Database,
        mut query: Query<'_>,
        (table, column): (&'static str, &'static str),
        read: impl Fn(&Row) -> Result<T, DatabaseError>,
    ) -> Result<Page<T>, DatabaseError> {
        for (sign, bound) in [(">", self.after), ("<", self.before)] {
            if let Some(id) = bound {
                let bounded = format!(
                    " AND ({column}, id) {sign} (SELECT {column}, id FROM {table} WHERE id = {{}})"
                );
                query = query.push_with(&bounded, id);
            }
        }
        let order = match self.direction {
            Direction::Forward => format!(" ORDER BY {column}, id"),
            Direction::Backward => format!(" ORDER BY {column} DESC, id DESC"),
        };
        let query = query
            .push(&order)
            .push_with(" LIMIT {}", i64::from(self.limit) + 1);
        self.read(&database.fetch_all(query).await?, read)
    }

    /// The page of the rows that such a query found.
    pub(super) fn read<T>(
        &self,
        rows: &[Row],
        read: impl Fn(&Row) -> Result<T, DatabaseError>,
    ) -> Result<Page<T>, DatabaseError> {
        let wanted = self.limit as usize;
        let mut items = rows
            .iter()
            .take(wanted)
            .map(read)
            .collect::<Result<Vec<T>, _>>()?;
        if self.direction == Direction::Backward {
            items.reverse();
        }
        Ok(Page {
            items,
            has_more: rows.len() > wanted,
        })
    }
}

/// Appends the condition that what stands before it is one of these, of which there has to be one.
pub(crate) fn push_in(query: Query<'_>, ids: Vec<Uuid>) -> Query<'_> {
    query.push(" IN ").push_list(ids)
}

/// Appends the condition that the column `scope` has this token, in exactly this case. Scopes are
/// kept as tokens with single spaces between them.
pub(super) fn push_scope<'q>(query: Query<'q>, token: &str) -> Query<'q> {
    push_any_scope(query, &[token.to_owned()])
}

/// The same of at least one of these tokens.
pub(super) fn push_any_scope<'q>(mut query: Query<'q>, tokens: &[String]) -> Query<'q> {
    query = query.push(" AND (1 = 0");
    for token in tokens {
        query = query.push_with(
            " OR replace(' ' || scope || ' ', {}, '') <> ' ' || scope || ' '",
            format!(" {token} "),
        );
    }
    query.push(")")
}

/// Takes the meaning of wildcards from a text that is searched for.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// Appends the condition that a column in lower case contains a text, in any case.
pub(super) fn push_contains<'q>(query: Query<'q>, folded_column: &str, text: &str) -> Query<'q> {
    query.push_with(
        &format!(" AND {folded_column} LIKE {{}} ESCAPE '\\'"),
        format!("%{}%", escape_like(&text.to_lowercase())),
    )
}

/// A count that a query returned as its first column.
pub(super) async fn count(database: &Database, query: Query<'_>) -> Result<u64, DatabaseError> {
    let row = database.fetch_one(query).await?;
    Ok(u64::try_from(row.get::<i64, _>(0)?).unwrap_or(0))
}
