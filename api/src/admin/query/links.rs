//! The links of lists: raw text, in a fixed order (contract admin-api.md 3.3).

use muniment_projections::queries::{Direction, Page};
use muniment_store::sql::DatabaseError;

use super::{Filter, IncludeCount, Pagination, Past, QueryValue, SORT, Sort};
use crate::admin::schema::Id;

/// A list as it was asked for.
pub struct Listing {
    /// Its order is among the filters.
    page: Pagination,
    filters: Vec<String>,
    descends: bool,
}

/// Where a list goes on.
#[derive(Debug, Default, PartialEq)]
pub struct Links {
    pub current: String,
    pub first: Option<String>,
    pub last: Option<String>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

#[derive(Clone, Copy)]
struct Cursors {
    before: Option<Id>,
    after: Option<Id>,
}

const NO_CURSORS: Cursors = Cursors {
    before: None,
    after: None,
};

impl Listing {
    pub fn new<S: Sort>(page: &Pagination<S>, filter: &impl Filter) -> Self {
        let mut filters = filter.write();
        filters.extend(page.sort.map(|sort| format!("{SORT}={}", sort.write())));
        Self {
            page: Pagination {
                before: page.before,
                after: page.after,
                direction: page.direction,
                size: page.size,
                sized: page.sized,
                count: page.count,
                sort: None,
            },
            filters,
            descends: page.descends(),
        }
    }

    /// The same, as of a moment.
    pub fn of_past(mut self, past: Past) -> Self {
        self.filters.extend(past.write());
        self
    }

    /// Runs what the counting mode asks for, and no more. The page comes in the order that was asked
    /// for.
    pub async fn fetch<R>(
        &self,
        count: impl Future<Output = Result<u64, DatabaseError>>,
        list: impl Future<Output = Result<Page<R>, DatabaseError>>,
    ) -> Result<(Option<u64>, Option<Page<R>>), DatabaseError> {
        let (count, mut page) = match self.page.count {
            IncludeCount::True => (Some(count.await?), Some(list.await?)),
            IncludeCount::False => (None, Some(list.await?)),
            IncludeCount::Only => (Some(count.await?), None),
        };
        if let Some(page) = page.as_mut().filter(|_| self.descends) {
            page.items.reverse();
        }
        Ok((count, page))
    }

    pub fn links_of_count(&self, path: &str) -> Links {
        Links {
            current: self.link(path, Vec::new()),
            ..Links::default()
        }
    }

    /// `ends` are the ids of the first and the last item of the page.
    pub fn links_of_page(&self, path: &str, ends: Option<(Id, Id)>, has_more: bool) -> Links {
        let direction = self.page.direction;
        let here = Cursors {
            before: self.page.before,
            after: self.page.after,
        };
        let more = ends.filter(|_| has_more);
        Links {
            current: self.page_link(path, here, direction),
            first: Some(self.page_link(path, NO_CURSORS, Direction::Forward)),
            last: Some(self.page_link(path, NO_CURSORS, Direction::Backward)),
            next: more
                .filter(|_| direction == Direction::Forward)
                .map(|(_, last)| Cursors {
                    after: Some(last),
                    ..NO_CURSORS
                })
                .map(|cursors| self.page_link(path, cursors, direction)),
            prev: more
                .filter(|_| direction == Direction::Backward)
                .map(|(first, _)| Cursors {
                    before: Some(first),
                    ..NO_CURSORS
                })
                .map(|cursors| self.page_link(path, cursors, direction)),
        }
    }

    fn page_link(&self, path: &str, cursors: Cursors, direction: Direction) -> String {
        let mut parts = Vec::new();
        if let Some(before) = cursors.before {
            parts.push(format!("page[before]={before}"));
        }
        if let Some(after) = cursors.after {
            parts.push(format!("page[after]={after}"));
        }
        let size = self.page.size;
        parts.push(match direction {
            Direction::Forward => format!("page[first]={size}"),
            Direction::Backward => format!("page[last]={size}"),
        });
        self.link(path, parts)
    }

    fn link(&self, path: &str, page: Vec<String>) -> String {
        let mut parts = self.filters.clone();
        if self.page.count != IncludeCount::True {
            parts.push(format!("count={}", self.page.count.write()));
        }
        parts.extend(page);
        format!("{path}?{}", parts.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Query, *};
    use crate::admin::query::filters;

    filters! {
        /// As a list declares them.
        pub struct Sample {
            /// First
            "filter[admin]" => admin: Option<bool>,
            /// Second
            "filter[search]" => search: Option<String>,
            /// Third
            "filter[client]" => client: Vec<Id>,
        }
    }

    const A: &str = "01040G2081040G2081040G2081";
    const B: &str = "01040G2081040G2081040G2082";

    fn ends() -> (Id, Id) {
        let id = |text: &str| Id(muniment_domain::parse_ulid(text).unwrap());
        (id(A), id(B))
    }

    fn links(query: &str, has_more: bool) -> Links {
        let query = Query::parse(query);
        let page = <Pagination>::parse(&query).unwrap();
        let filter = Sample::parse(&query).unwrap();
        Listing::new(&page, &filter).links_of_page("/p", Some(ends()), has_more)
    }

    #[test]
    fn filters_come_first_in_declared_order_and_are_not_encoded() {
        let query = format!(
            "count=false&filter[client]={A}&filter[search]=a%40b+c&filter[admin]=true\
             &filter[client]={B}&filter[other]=x"
        );
        let links = links(&query, false);
        let filters = format!(
            "filter[admin]=true&filter[search]=a@b c&filter[client]={A}&filter[client]={B}"
        );
        assert_eq!(
            links.current,
            format!("/p?{filters}&count=false&page[first]=10")
        );
        assert_eq!(links.first.unwrap(), links.current);
        assert_eq!(
            links.last.unwrap(),
            format!("/p?{filters}&count=false&page[last]=10")
        );
        assert_eq!((links.next, links.prev), (None, None));
    }

    #[test]
    fn a_forward_page_goes_on_after_its_last_item() {
        let links = links(
            &format!("page[after]={A}&page[before]={B}&page[first]=2"),
            true,
        );
        assert_eq!(
            links.current,
            format!("/p?page[before]={B}&page[after]={A}&page[first]=2")
        );
        assert_eq!(
            links.next,
            Some(format!("/p?page[after]={B}&page[first]=2"))
        );
        assert_eq!(links.prev, None);
    }

    #[test]
    fn a_backward_page_goes_on_before_its_first_item() {
        let links = links("page[last]=2&count=true", true);
        assert_eq!(links.current, "/p?page[last]=2");
        assert_eq!(links.next, None);
        assert_eq!(
            links.prev,
            Some(format!("/p?page[before]={A}&page[last]=2"))
        );
    }

    #[test]
    fn an_order_that_was_given_stands_after_the_filters() {
        let links = links("sort=-id&filter[search]=x&count=false", true);
        let all = "/p?filter[search]=x&sort=-id&count=false";
        assert_eq!(links.current, format!("{all}&page[first]=10"));
        assert_eq!(
            links.next,
            Some(format!("{all}&page[after]={B}&page[first]=10"))
        );
    }

    #[test]
    fn counting_only_has_no_page() {
        let query = Query::parse("count=only&filter[search]=x&page[first]=3");
        let page = <Pagination>::parse(&query).unwrap();
        let filter = Sample::parse(&query).unwrap();
        let links = Listing::new(&page, &filter).links_of_count("/p");
        assert_eq!(links.current, "/p?filter[search]=x&count=only");
        assert_eq!(links.first, None);
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let error = Sample::parse(&Query::parse("filter[admin]=maybe")).unwrap_err();
        assert_eq!(error.parameter, "filter[admin]");
        let error = Sample::parse(&Query::parse("filter[search]=a&filter[search]=b"));
        assert_eq!(error.unwrap_err().parameter, "filter[search]");
    }
}
