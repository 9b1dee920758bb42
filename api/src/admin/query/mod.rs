//! The query strings of lists: paging, counting and filters (contract admin-api.md 3.3 to 3.8).
//!
//! They are read here and not by poem-openapi, because the order in which they are looked at, the
//! texts of their errors and what is let pass are known to existing clients.

mod asked;
mod filter;
mod links;
mod paged;
mod pagination;
mod past;
mod sort;
mod value;

pub use asked::{Asked, Asking, Asks};
pub(super) use filter::filters;
pub use filter::{Filter, FilterField, Filtered};
pub use links::{Links, Listing};
pub use paged::Paged;
pub use pagination::{IncludeCount, Pagination};
pub use past::{AS_OF, Dated, Past};
pub use sort::{ListOrder, SORT, Sort};
pub(super) use value::words;
pub use value::{QueryValue, unit_variant};

use poem::Request;
use poem_openapi::registry::{MetaOperationParam, MetaParamIn, MetaSchemaRef};
use url::form_urlencoded;

/// The decoded pairs of a query string, in order.
pub struct Query(Vec<(String, String)>);

/// A parameter that cannot be read.
#[derive(Debug, PartialEq)]
pub struct Unreadable {
    pub parameter: &'static str,
    pub why: String,
}

impl Query {
    pub fn of(request: &Request) -> Self {
        Self::parse(request.uri().query().unwrap_or_default())
    }

    pub fn parse(text: &str) -> Self {
        Self(
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// Every value of a parameter that may be repeated.
    fn all<T: QueryValue>(&self, parameter: &'static str) -> Result<Vec<T>, Unreadable> {
        self.texts(parameter)
            .map(|text| T::read(text).map_err(|why| Unreadable { parameter, why }))
            .collect()
    }

    /// The value of a parameter that may not; an empty one counts as absent.
    fn one<T: QueryValue>(&self, parameter: &'static str) -> Result<Option<T>, Unreadable> {
        let mut texts = self.texts(parameter);
        let text = texts.next().unwrap_or_default();
        if texts.next().is_some() {
            let why = "given more than once".to_owned();
            return Err(Unreadable { parameter, why });
        }
        if text.is_empty() {
            return Ok(None);
        }
        T::read(text)
            .map(Some)
            .map_err(|why| Unreadable { parameter, why })
    }

    fn texts(&self, parameter: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(name, _)| name == parameter)
            .map(|(_, value)| value.as_str())
    }
}

/// How an optional query parameter appears in the document.
pub fn declare(name: &str, description: &str, schema: MetaSchemaRef) -> MetaOperationParam {
    MetaOperationParam {
        name: name.to_owned(),
        schema,
        in_type: MetaParamIn::Query,
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        explode: true,
        style: Some(poem_openapi::ParameterStyle::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::schema::Id, *};

    #[test]
    fn names_and_values_are_decoded() {
        let query = Query::parse("filter%5Bemail%5D=a%2Bb+c%40d&x=1");
        assert_eq!(query.one("filter[email]"), Ok(Some("a+b c@d".to_owned())));
    }

    #[test]
    fn an_empty_value_counts_as_absent_and_a_second_one_is_refused() {
        assert_eq!(Query::parse("a=").one::<bool>("a"), Ok(None));
        assert_eq!(Query::parse("").one::<bool>("a"), Ok(None));
        let twice = Query::parse("a=true&a=true").one::<bool>("a");
        assert_eq!(twice.unwrap_err().why, "given more than once");
    }

    #[test]
    fn repeatable_parameters_are_read_in_order() {
        let query = Query::parse("c=01040G2081040G2081040G2081&c=01040g2081040g2081040g2082");
        let ids: Vec<Id> = query.all("c").unwrap();
        assert_eq!(ids[1].to_string(), "01040G2081040G2081040G2082");
        assert_eq!(
            Query::parse("c=").all::<Id>("c").unwrap_err().why,
            "invalid length"
        );
    }
}
