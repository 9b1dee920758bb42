//! Lists by pages (contract graphql.md 5): reading the page arguments, cursors, and building a
//! connection from a page of rows.

use async_graphql::{
    Context, Error, Object, OutputType, Result,
    connection::{self, CursorType, Edge, OpaqueCursor},
};
use muniment_domain::UserId;
use muniment_projections::queries::{Direction, Page, PageRequest};
use muniment_store::sql::DatabaseError;
use ulid::Ulid;
use uuid::Uuid;

use super::{context::RequestContext, id::Kind};

/// The longest page: of a longer one as many are given, and said to be followed by others.
pub const LONGEST_PAGE: u32 = 500;

/// Written as base64 of `["<tag>","<ULID>"]`.
pub type Cursor = OpaqueCursor<(Kind, Ulid)>;

pub type Connection<T> = connection::Connection<Cursor, T, TotalCount>;

/// Something that is listed.
pub trait Listed: OutputType {
    /// What there is in such a list.
    const KINDS: &'static [Kind];

    /// What this is, and its place.
    fn position(&self) -> (Kind, Uuid);
}

/// The arguments that every list takes.
#[derive(Debug, Default)]
pub struct PageArgs {
    pub after: Option<String>,
    pub before: Option<String>,
    pub first: Option<i32>,
    pub last: Option<i32>,
}

impl PageArgs {
    /// Looks at the arguments in the contract's order; cursors must be of a listed kind.
    pub fn read(self, kinds: &[Kind]) -> Result<PageRequest> {
        let first = not_negative("first", self.first)?;
        let last = not_negative("last", self.last)?;
        let before = self.before.as_deref().map(decode).transpose()?;
        let after = self.after.as_deref().map(decode).transpose()?;
        let after = after.map(|cursor| of_kind(&cursor, kinds)).transpose()?;
        let before = before.map(|cursor| of_kind(&cursor, kinds)).transpose()?;
        let (direction, limit) = match (first, last) {
            (Some(first), _) => (Direction::Forward, first),
            (None, Some(last)) => (Direction::Backward, last),
            (None, None) => return Err("Either 'first' or 'last' must be specified".into()),
        };
        Ok(PageRequest {
            after,
            before,
            direction,
            limit: limit.min(LONGEST_PAGE),
        })
    }
}

fn not_negative(name: &str, value: Option<i32>) -> Result<Option<u32>> {
    let checked = value.map(u32::try_from).transpose();
    checked.map_err(|_| {
        Error::new(format!(
            "The \"{name}\" parameter must be a non-negative number"
        ))
    })
}

fn decode(cursor: &str) -> Result<Cursor> {
    // The decoder's own words go to the client.
    Cursor::decode_cursor(cursor).map_err(|error| Error::new(error.to_string()))
}

fn of_kind(cursor: &Cursor, kinds: &[Kind]) -> Result<Uuid> {
    let (found, ulid) = cursor.0;
    if kinds.contains(&found) {
        Ok(Uuid::from_u128(ulid.into()))
    } else {
        Err("invalid cursor".into())
    }
}

/// What a list costs, in fields: every row of it as often as there may be.
pub fn page_cost(first: Option<i32>, last: Option<i32>, of_row: usize) -> usize {
    let rows = first.or(last).unwrap_or_default();
    let rows = u32::try_from(rows).unwrap_or_default().min(LONGEST_PAGE);
    (rows.max(1) as usize)
        .saturating_mul(of_row)
        .saturating_add(1)
}

/// A list that is asked for: which page, and what of it. Nobody pays for what they do not ask for.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    pub page: PageRequest,
    wants_rows: bool,
    wants_total: bool,
}

impl Listing {
    pub fn of<T: Listed>(ctx: &Context<'_>, args: PageArgs) -> Result<Self> {
        let asked = |field| ctx.look_ahead().field(field).exists();
        Ok(Self {
            page: args.read(T::KINDS)?,
            wants_rows: ["edges", "nodes", "pageInfo"].into_iter().any(asked),
            wants_total: asked("totalCount"),
        })
    }

    /// The connection, of rows and their number. What is not wanted is not run.
    pub async fn fetch<R, T>(
        self,
        request: &RequestContext,
        rows: impl Future<Output = Result<Page<R>, DatabaseError>> + Send,
        total: impl Future<Output = Result<u64, DatabaseError>> + Send,
    ) -> Result<Connection<T>>
    where
        T: Listed + From<R>,
    {
        let rows = async {
            if self.wants_rows {
                rows.await.map(Some)
            } else {
                Ok(None)
            }
        };
        let total = async {
            if self.wants_total {
                total.await.map(Some)
            } else {
                Ok(None)
            }
        };
        let (rows, total) =
            tokio::try_join!(rows, total).map_err(|error| request.failure(error))?;
        let rows = rows.unwrap_or(Page {
            items: Vec::new(),
            has_more: false,
        });
        let connection: Connection<T> = self.connect(rows, total);
        for edge in &connection.edges {
            // Lists of other things are reached through whose they are.
            if let (Kind::User, id) = edge.node.position() {
                request.shows(UserId::from_uuid(id));
            }
        }
        Ok(connection)
    }

    /// A list without anything in it.
    pub fn empty<T: Listed>(self) -> Connection<T> {
        let nothing = Page {
            items: Vec::<T>::new(),
            has_more: false,
        };
        self.connect(nothing, Some(0))
    }

    /// The flag against the page's direction is always false.
    fn connect<R, T>(self, page: Page<R>, total: Option<u64>) -> Connection<T>
    where
        T: Listed + From<R>,
    {
        let forward = self.page.direction == Direction::Forward;
        let mut connection = Connection::with_additional_fields(
            !forward && page.has_more,
            forward && page.has_more,
            TotalCount(total),
        );
        connection.edges.extend(page.items.into_iter().map(|row| {
            let node = T::from(row);
            let (kind, id) = node.position();
            Edge::new(OpaqueCursor((kind, Ulid::from(id.as_u128()))), node)
        }));
        connection
    }
}

/// How long the whole list is, if somebody wanted to know.
#[derive(Debug)]
pub struct TotalCount(Option<u64>);

#[Object]
impl TotalCount {
    /// How many there are in the whole list, with the same filter.
    async fn total_count(&self) -> Result<u64> {
        self.0
            .ok_or_else(|| Error::new("total count not preloaded"))
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    const ULID: &str = "01040G2081040G2081040G2081";

    fn cursor(tag: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("[\"{tag}\",\"{ULID}\"]"))
    }

    fn error(args: PageArgs) -> String {
        args.read(&[Kind::UserEmail]).unwrap_err().message
    }

    #[test]
    fn a_cursor_is_the_tag_and_the_ulid() {
        let ulid = Ulid::from_string(ULID).unwrap();
        let written = OpaqueCursor((Kind::UserEmail, ulid)).encode_cursor();
        assert_eq!(written, cursor("UserEmail"));
        let written = OpaqueCursor((Kind::Oauth2Session, ulid)).encode_cursor();
        assert_eq!(written, cursor("OAuth2Session"));
    }

    #[test]
    fn first_wins_over_last() {
        let read = PageArgs {
            first: Some(1),
            last: Some(2),
            after: Some(cursor("UserEmail")),
            ..PageArgs::default()
        }
        .read(&[Kind::UserEmail])
        .unwrap();
        assert_eq!((read.direction, read.limit), (Direction::Forward, 1));
        assert!(read.after.is_some() && read.before.is_none());
    }

    #[test]
    fn last_alone_reads_backward() {
        let read = PageArgs {
            last: Some(0),
            ..PageArgs::default()
        }
        .read(&[Kind::UserEmail])
        .unwrap();
        assert_eq!((read.direction, read.limit), (Direction::Backward, 0));
    }

    #[test]
    fn faults_are_told_in_the_contracts_order() {
        let all_wrong = |first, last, before: &str, after: Option<String>| PageArgs {
            first,
            last,
            before: Some(before.to_owned()),
            after,
        };
        assert_eq!(
            error(all_wrong(Some(-1), Some(-1), "junk", None)),
            "The \"first\" parameter must be a non-negative number"
        );
        assert_eq!(
            error(all_wrong(None, Some(-1), "junk", None)),
            "The \"last\" parameter must be a non-negative number"
        );
        assert_eq!(
            error(all_wrong(None, None, "junk", Some(cursor("User")))),
            "expected value at line 1 column 1"
        );
        let before = cursor("UserEmail");
        assert_eq!(
            error(all_wrong(None, None, &before, Some(cursor("User")))),
            "invalid cursor"
        );
        assert_eq!(
            error(PageArgs::default()),
            "Either 'first' or 'last' must be specified"
        );
    }

    #[test]
    fn a_page_is_no_longer_than_the_longest() {
        let read = PageArgs {
            first: Some(i32::MAX),
            ..PageArgs::default()
        }
        .read(&[Kind::UserEmail])
        .unwrap();
        assert_eq!(read.limit, LONGEST_PAGE);
    }

    #[test]
    fn a_list_of_sessions_takes_the_cursors_of_both_kinds() {
        let kinds = [Kind::CompatSession, Kind::Oauth2Session];
        for tag in ["CompatSession", "OAuth2Session"] {
            let read = PageArgs {
                last: Some(1),
                before: Some(cursor(tag)),
                ..PageArgs::default()
            }
            .read(&kinds);
            assert!(read.unwrap().before.is_some());
        }
    }

    #[test]
    fn a_list_costs_its_rows_and_an_empty_one_something() {
        assert_eq!(page_cost(Some(10), Some(99), 3), 31);
        assert_eq!(page_cost(None, Some(2), 3), 7);
        assert_eq!(page_cost(Some(0), None, 3), 4);
        assert_eq!(page_cost(Some(-1), None, 3), 4);
        assert_eq!(page_cost(Some(i32::MAX), None, 2), 1001);
        assert_eq!(page_cost(Some(2), None, usize::MAX), usize::MAX);
    }
}
