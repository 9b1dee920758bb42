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
    /// Runs a query that ends within its `WHERE` clause and whose table has a column `id`.
    pub(super) async fn fetch<T>(
        &self,
        database: &Database,
        mut query: Query<'_>,
        read: impl Fn(&Row) -> Result<T, DatabaseError>,
    ) -> Result<Page<T>, DatabaseError> {
        if let Some(after) = self.after {
            query = query.push_with(" AND id > {}", after);
        }
        if let Some(before) = self.before {
            query = query.push_with(" AND id < {}", before);
        }
        query = query.push(match self.direction {
            Direction::Forward => " ORDER BY id",
            Direction::Backward => " ORDER BY id DESC",
        });
        query = query.push_with(" LIMIT {}", i64::from(self.limit) + 1);
        let rows = database.fetch_all(query).await?;
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

/// A count that a query returned as its first column.
pub(super) async fn count(database: &Database, query: Query<'_>) -> Result<u64, DatabaseError> {
    let row = database.fetch_one(query).await?;
    Ok(u64::try_from(row.get::<i64, _>(0)?).unwrap_or(0))
}
