use std::num::NonZeroU64;

use muniment_projections::queries::{Direction, PageRequest};
use poem::{FromRequest, Request, RequestBody, Result};
use poem_openapi::{
    Enum,
    registry::{MetaOperationParam, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde::Deserialize;

use super::{super::AdminError, Query, QueryValue, Unreadable, declare, unit_variant};
use crate::admin::schema::Id;

const DEFAULT_SIZE: u64 = 10;

/// Which page of a list is asked for, and whether its length is (contract admin-api.md 3.3, 3.4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pagination {
    pub before: Option<Id>,
    pub after: Option<Id>,
    pub direction: Direction,
    pub size: u64,
    pub count: IncludeCount,
}

/// Whether the number of results is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum IncludeCount {
    #[default]
    True,
    False,
    Only,
}

impl QueryValue for IncludeCount {
    fn read(text: &str) -> Result<Self, String> {
        unit_variant(text)
    }

    fn write(&self) -> String {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Only => "only",
        }
        .to_owned()
    }
}

/// The number of results on a page.
struct Size(NonZeroU64);

impl Pagination {
    const TITLE: &'static str = "Invalid pagination parameters";

    pub fn parse(query: &Query) -> Result<Self, AdminError> {
        let unreadable =
            |error: Unreadable| AdminError::query(Self::TITLE, error.parameter, &error.why);
        let before = query.one("page[before]").map_err(unreadable)?;
        let after = query.one("page[after]").map_err(unreadable)?;
        let first = query.one::<Size>("page[first]").map_err(unreadable)?;
        let last = query.one::<Size>("page[last]").map_err(unreadable)?;
        let count = query.one("count").map_err(unreadable)?;
        let (direction, size) = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(AdminError::bad_request(
                    "Cannot specify both `page[first]` and `page[last]` parameters",
                ));
            }
            (Some(size), None) => (Direction::Forward, size.0.get()),
            (None, Some(size)) => (Direction::Backward, size.0.get()),
            (None, None) => (Direction::Forward, DEFAULT_SIZE),
        };
        Ok(Self {
            before,
            after,
            direction,
            size,
            count: count.unwrap_or_default(),
        })
    }

    /// For the queries.
    pub fn request(&self) -> PageRequest {
        PageRequest {
            after: self.after.map(|id| id.0),
            before: self.before.map(|id| id.0),
            direction: self.direction,
            limit: u32::try_from(self.size).unwrap_or(u32::MAX),
        }
    }

    pub fn parameters() -> Vec<MetaOperationParam> {
        vec![
            declare(
                "page[before]",
                "Retrieve the items before the given ID",
                Id::schema_ref(),
            ),
            declare(
                "page[after]",
                "Retrieve the items after the given ID",
                Id::schema_ref(),
            ),
            declare(
                "page[first]",
                "Retrieve the first N items",
                Size::schema_ref(),
            ),
            declare(
                "page[last]",
                "Retrieve the last N items",
                Size::schema_ref(),
            ),
            declare(
                "count",
                "Include the total number of items: `true` (the default), `false`, or `only` to \
                 have nothing else",
                IncludeCount::schema_ref(),
            ),
        ]
    }

    pub fn register(registry: &mut Registry) {
        Id::register(registry);
        IncludeCount::register(registry);
    }
}

impl<'a> FromRequest<'a> for Pagination {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::parse(&Query::of(request))?)
    }
}

impl QueryValue for Size {
    fn read(text: &str) -> Result<Self, String> {
        let size: u64 = text
            .parse()
            .map_err(|error: std::num::ParseIntError| error.to_string())?;
        NonZeroU64::new(size)
            .map(Self)
            .ok_or_else(|| "invalid value: integer `0`, expected a nonzero usize".to_owned())
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

impl Size {
    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            minimum: Some(1.0),
            ..MetaSchema::new_with_format("integer", "uint")
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Pagination, Vec<String>> {
        Pagination::parse(&Query::parse(text)).map_err(|error| match error {
            AdminError::Refused { titles, .. } => titles,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn a_page_is_the_first_ten_unless_told() {
        let page = parse("unknown=1&page[first]=&count=").unwrap();
        assert_eq!(page.direction, Direction::Forward);
        assert_eq!(page.size, 10);
        assert_eq!(page.count, IncludeCount::True);
        let page = parse("page%5Blast%5D=3&count=only").unwrap();
        assert_eq!(page.direction, Direction::Backward);
        assert_eq!(page.size, 3);
        assert_eq!(page.count, IncludeCount::Only);
    }

    #[test]
    fn no_size_is_too_large() {
        let page = parse("page[first]=99999999999").unwrap();
        assert_eq!(page.size, 99_999_999_999);
        assert_eq!(page.request().limit, u32::MAX);
    }

    #[test]
    fn both_directions_are_one_error() {
        assert_eq!(
            parse("page[first]=1&page[last]=1").unwrap_err(),
            ["Cannot specify both `page[first]` and `page[last]` parameters"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_three_times() {
        let cases = [
            (
                "page[first]=0",
                "page[first]: invalid value: integer `0`, expected a nonzero usize",
            ),
            (
                "page[first]=-1",
                "page[first]: invalid digit found in string",
            ),
            ("page[after]=junk", "page[after]: invalid length"),
            (
                "count=maybe",
                "count: unknown variant `maybe`, expected one of `true`, `false`, `only`",
            ),
        ];
        for (query, cause) in cases {
            let expected = [
                "Invalid pagination parameters",
                &format!("Failed to deserialize query string: {cause}"),
                cause,
                cause,
            ];
            assert_eq!(parse(query).unwrap_err(), expected, "{query}");
        }
        let twice = parse("page[first]=1&page[first]=2").unwrap_err();
        assert_eq!(twice[0], "Invalid pagination parameters");
    }
}
