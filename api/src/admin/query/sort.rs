use poem_openapi::{registry::MetaOperationParam, types::Type};

use super::{QueryValue, declare, words};

/// The orders that a list can come in. Without the parameter it is the contract's, by id.
pub trait Sort: QueryValue + Type + Copy + Send + Sync + 'static {
    /// Whether such a list is counted. One without an end is not.
    const COUNTED: bool = true;

    /// Whether the list comes the other way round.
    fn descends(self) -> bool;
}

words! {
    /// By id, which is the order of creation.
    pub enum ListOrder {
        Id = "id",
        IdDescending = "-id",
    }
}

impl Sort for ListOrder {
    fn descends(self) -> bool {
        self == Self::IdDescending
    }
}

/// The parameter's name.
pub const SORT: &str = "sort";

/// The parameter in the document.
pub fn parameter<S: Sort>() -> MetaOperationParam {
    declare(
        SORT,
        "In which order the items come: by `id` unless told; with `-` the other way round",
        S::schema_ref(),
    )
}
