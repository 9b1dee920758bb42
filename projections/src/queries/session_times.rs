//! Conditions on time that sessions of every kind can be listed by.

use muniment_store::sql::Query;
use uuid::Uuid;

/// When a session began and was last used, in microseconds since 1970. Both bounds are exclusive.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionTimes {
    pub created_before: Option<i64>,
    pub created_after: Option<i64>,
    /// Sessions that were never used since they began match neither.
    pub last_active_before: Option<i64>,
    pub last_active_after: Option<i64>,
}

impl SessionTimes {
    /// Adds the conditions to a query over `table`.
    pub(super) fn apply<'q>(self, mut query: Query<'q>, table: &str) -> Query<'q> {
        if let Some(before) = self.created_before {
            query = query.push_with(" AND id < {}", first_id_of(millisecond(before)));
        }
        if let Some(after) = self.created_after {
            query = query.push_with(" AND id >= {}", first_id_of(millisecond(after) + 1));
        }
        for (bound, comparison) in [
            (self.last_active_before, "<"),
            (self.last_active_after, ">"),
        ] {
            if let Some(bound) = bound {
                let condition = format!(
                    " AND EXISTS (SELECT 1 FROM session_activity a WHERE a.session_id = {table}.id \
                     AND a.last_active_at {comparison} {{}})"
                );
                query = query.push_with(&condition, bound);
            }
        }
        query
    }
}

/// Ids begin with the millisecond of their making, so that a time is a bound on the key of every
/// list (contract admin-api.md 5.7).
fn first_id_of(millisecond: u128) -> Uuid {
    // An id has room for 48 bits of it.
    Uuid::from_u128(millisecond.min((1 << 48) - 1) << 80)
}

fn millisecond(microseconds: i64) -> u128 {
    u128::from(microseconds.div_euclid(1000).max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_first_id_of_its_millisecond() {
        assert_eq!(first_id_of(millisecond(1_999)), Uuid::from_u128(1 << 80));
        assert_eq!(first_id_of(millisecond(-1)), Uuid::nil());
        assert_eq!(
            first_id_of(millisecond(i64::MAX)).as_u128() >> 80,
            u128::from(i64::MAX.unsigned_abs() / 1000).min((1 << 48) - 1)
        );
    }
}
