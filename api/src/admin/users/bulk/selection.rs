use muniment_domain::UserId;
use muniment_projections::queries::{self, Direction, PageRequest, UserFilter};
use muniment_store::sql::{Database, DatabaseError};
use uuid::Uuid;

/// Users that are found at once.
const PAGE: u32 = 500;

/// Whom a change is about, in the order of their ids.
pub enum Selection {
    /// Those who were named.
    Listed(Vec<UserId>),
    /// Those that a filter lets through, up to the last whom there was at the start.
    Filtered {
        filter: Box<UserFilter>,
        bounds: PageRequest,
        count: u64,
    },
}

impl Selection {
    pub async fn filtered(
        database: &Database,
        filter: UserFilter,
        after: Option<UserId>,
    ) -> Result<Self, DatabaseError> {
        let last = PageRequest {
            after: after.map(|id| id.as_uuid()),
            before: None,
            direction: Direction::Backward,
            limit: 1,
        };
        let found = queries::list_users(database, &filter, last).await?.items;
        let Some(last) = found.first() else {
            return Ok(Self::Listed(Vec::new()));
        };
        let beyond = last.id.as_uuid().as_u128().saturating_add(1);
        let bounds = PageRequest {
            after: after.map(|id| id.as_uuid()),
            before: Some(Uuid::from_u128(beyond)),
            direction: Direction::Forward,
            limit: PAGE,
        };
        let count = queries::count_users_within(database, &filter, bounds).await?;
        Ok(Self::Filtered {
            filter: Box::new(filter),
            bounds,
            count,
        })
    }

    /// How many there were at the start.
    pub fn count(&self) -> u64 {
        match self {
            Self::Listed(ids) => u64::try_from(ids.len()).unwrap_or(u64::MAX),
            Self::Filtered { count, .. } => *count,
        }
    }

    /// The next of them; none when there are no more.
    pub async fn next(&mut self, database: &Database) -> Result<Vec<UserId>, DatabaseError> {
        match self {
            Self::Listed(ids) => Ok(std::mem::take(ids)),
            Self::Filtered { filter, bounds, .. } => {
                let page = queries::list_users(database, filter, *bounds).await?;
                let ids: Vec<_> = page.items.into_iter().map(|user| user.id).collect();
                if let Some(last) = ids.last() {
                    bounds.after = Some(last.as_uuid());
                }
                Ok(ids)
            }
        }
    }
}
