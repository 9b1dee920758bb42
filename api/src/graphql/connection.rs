//! Lists by pages (contract graphql.md 5): reading the page arguments, cursors, and building a
//! connection from a page of rows.

use async_graphql::{
    Context, Error, Object, OutputType, Result,
    connection::{self, CursorType, Edge, OpaqueCursor},
};
use muniment_projections::queries::{Direction, Page, PageRequest};
use ulid::Ulid;
use uuid::Uuid;

use super::id::Kind;

/// Written as base64 of `["<tag>","<ULID>"]`.
pub type Cursor = OpaqueCursor<(Kind, Ulid)>;

pub type Connection<T> = connection::Connection<Cursor, T, TotalCount>;

/// Something that is listed.
pub trait Listed: OutputType {
    const KIND: Kind;

    fn uuid(&self) -> Uuid;
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
    /// Looks at the arguments in the contract's order; cursors must be of the listed kind.
    pub fn read(self, kind: Kind) -> Result<PageRequest> {
        let first = not_negative("first", self.first)?;
        let last = not_negative("last", self.last)?;
        let before = self.before.as_deref().map(decode).transpose()?;
        let after = self.after.as_deref().map(decode).transpose()?;
        let after = after.map(|cursor| of_kind(&cursor, kind)).transpose()?;
        let before = before.map(|cursor| of_kind(&cursor, kind)).transpose()?;
        let (direction, limit) = match (first, last) {
            (Some(first), _) => (Direction::Forward, first),
            (None, Some(last)) => (Direction::Backward, last),
            (None, None) => return Err("Either 'first' or 'last' must be specified".into()),
        };
        Ok(PageRequest {
            after,
            before,
            direction,
            limit,
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

fn of_kind(cursor: &Cursor, kind: Kind) -> Result<Uuid> {
    match cursor.0 {
        (found, ulid) if found == kind => Ok(Uuid::from_u128(ulid.into())),
        _ => Err("invalid cursor".into()),
    }
}

/// Whether the list's `totalCount` is asked for, so that nobody else pays for counting.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// The connection for a page that was read as requested. The flag against the page's direction is
/// always false.
pub fn connect<R, T>(request: PageRequest, page: Page<R>, total: Option<u64>) -> Connection<T>
where
    T: Listed + From<R>,
{
    let forward = request.direction == Direction::Forward;
    let mut connection = Connection::with_additional_fields(
        !forward && page.has_more,
        forward && page.has_more,
        TotalCount(total),
    );
    connection.edges.extend(page.items.into_iter().map(|row| {
        let node = T::from(row);
        let ulid = Ulid::from(node.uuid().as_u128());
        Edge::new(OpaqueCursor((T::KIND, ulid)), node)
    }));
    connection
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
        args.read(Kind::UserEmail).unwrap_err().message
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
        .read(Kind::UserEmail)
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
        .read(Kind::UserEmail)
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
}
