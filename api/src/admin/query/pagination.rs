use std::num::NonZeroU64;

use muniment_projections::queries::{Direction, PageRequest};
use poem::{FromRequest, Request, RequestBody, Result};
use poem_openapi::{
    Enum,
    registry::{MetaOperationParam, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde::Deserialize;

use super::{
    super::AdminError, ListOrder, Query, QueryValue, SORT, Sort, Unreadable, declare, sort,
    unit_variant,
};
use crate::admin::schema::Id;

const DEFAULT_SIZE: u64 = 10;

/// Which page of a list is asked for, in which of the orders `S`, and whether its length is (contract
/// admin-api.md 3.3, 3.4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pagination<S = ListOrder> {
    pub before: Option<Id>,
    pub after: Option<Id>,
    pub direction: Direction,
    pub size: u64,
    /// Whether the size was given.
    pub sized: bool,
    pub count: IncludeCount,
    /// As it was given.
    pub sort: Option<S>,
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

impl<S: Sort> Pagination<S> {
    const TITLE: &'static str = "Invalid pagination parameters";

    pub fn parse(query: &Query) -> Result<Self, AdminError> {
        let unreadable =
            |error: Unreadable| AdminError::query(Self::TITLE, error.parameter, &error.why);
        let before = query.one("page[before]").map_err(unreadable)?;
        let after = query.one("page[after]").map_err(unreadable)?;
        let first = query.one::<Size>("page[first]").map_err(unreadable)?;
        let last = query.one::<Size>("page[last]").map_err(unreadable)?;
        let count = query.one("count").map_err(unreadable)?;
        let sort = query.one(SORT).map_err(unreadable)?;
        if !S::COUNTED && count == Some(IncludeCount::Only) {
            return Err(AdminError::bad_request("The items are not counted"));
        }
        let sized = first.is_some() || last.is_some();
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
            sized,
            count: count.unwrap_or_default(),
            sort,
        })
    }

    /// Whether the list comes the other way round.
    pub fn descends(&self) -> bool {
        self.sort.is_some_and(Sort::descends)
    }

    /// For the queries, which know ascending lists alone: [`Listing::fetch`](super::Listing::fetch)
    /// turns round what they find.
    pub fn request(&self) -> PageRequest {
        let (after, before) = (self.after.map(|id| id.0), self.before.map(|id| id.0));
        let limit = u32::try_from(self.size).unwrap_or(u32::MAX);
        if self.descends() {
            return PageRequest {
                after: before,
                before: after,
                direction: match self.direction {
                    Direction::Forward => Direction::Backward,
                    Direction::Backward => Direction::Forward,
                },
                limit,
            };
        }
        PageRequest {
            after,
            before,
            direction: self.direction,
            limit,
        }
    }

    pub fn parameters() -> Vec<MetaOperationParam> {
        let count = declare(
            "count",
            "Include the total number of items: `true` (the default), `false`, or `only` to \
             have nothing else",
            IncludeCount::schema_ref(),
        );
        let pages = vec![
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
        ];
        pages
            .into_iter()
            .chain(S::COUNTED.then_some(count))
            .chain([sort::parameter::<S>()])
            .collect()
    }

    pub fn register(registry: &mut Registry) {
        Id::register(registry);
        IncludeCount::register(registry);
        S::register(registry);
    }
}

impl<'a, S: Sort> FromRequest<'a> for Pagination<S> {
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
        <Pagination>::parse(&Query::parse(text)).map_err(|error| match error {
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
    fn a_descending_list_is_an_ascending_one_from_the_other_end() {
        const ID: &str = "01040G2081040G2081040G2081";
        let page = parse(&format!("sort=-id&page[after]={ID}&page[first]=3")).unwrap();
        let request = page.request();
        assert_eq!(request.direction, Direction::Backward);
        assert_eq!(request.before, page.after.map(|id| id.0));
        assert_eq!((request.after, request.limit), (None, 3));
        let page = parse(&format!("sort=id&page[after]={ID}")).unwrap();
        assert_eq!(page.request().after, page.after.map(|id| id.0));
        assert_eq!(page.request().direction, Direction::Forward);
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
                "sort=name",
                "sort: unknown variant `name`, expected `id` or `-id`",
            ),
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
