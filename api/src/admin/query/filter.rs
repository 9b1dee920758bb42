use poem::{FromRequest, Request, RequestBody, Result};
use poem_openapi::{
    registry::{MetaOperationParam, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};

use super::{super::AdminError, Query, QueryValue, Unreadable};

/// What a list can be narrowed by. Made by [`filters`].
pub trait Filter: Sized {
    fn parse(query: &Query) -> Result<Self, Unreadable>;

    /// The filters that were given, as links repeat them, in the order of declaration.
    fn write(&self) -> Vec<String>;

    fn parameters() -> Vec<MetaOperationParam>;
    fn register(registry: &mut Registry);
}

/// The filters of a request.
pub struct Filtered<F>(pub F);

impl<'a, F: Filter> FromRequest<'a> for Filtered<F> {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        F::parse(&Query::of(request)).map(Self).map_err(|error| {
            AdminError::query("Invalid filter parameters", error.parameter, &error.why).into()
        })
    }
}

/// One filter: `Option` may be given once, `Vec` any number of times.
pub trait FilterField: Sized {
    fn read(query: &Query, parameter: &'static str) -> Result<Self, Unreadable>;
    fn values(&self) -> Vec<String>;
    fn schema() -> MetaSchemaRef;
    fn register(registry: &mut Registry);
}

impl<T: QueryValue + Type> FilterField for Option<T> {
    fn read(query: &Query, parameter: &'static str) -> Result<Self, Unreadable> {
        query.one(parameter)
    }

    fn values(&self) -> Vec<String> {
        self.iter().map(QueryValue::write).collect()
    }

    fn schema() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: QueryValue + Type> FilterField for Vec<T> {
    fn read(query: &Query, parameter: &'static str) -> Result<Self, Unreadable> {
        query.all(parameter)
    }

    fn values(&self) -> Vec<String> {
        self.iter().map(QueryValue::write).collect()
    }

    fn schema() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            items: Some(Box::new(T::schema_ref())),
            default: Some(serde_json::Value::Array(Vec::new())),
            ..MetaSchema::new("array")
        }))
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// Declares the filters of a list: each field's parameter, its type, and its text in the document.
macro_rules! filters {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(#[doc = $doc:literal] $parameter:literal => $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub struct $name {
            $(#[doc = $doc] pub $field: $type,)+
        }

        impl $crate::admin::query::Filter for $name {
            fn parse(
                query: &$crate::admin::query::Query,
            ) -> Result<Self, $crate::admin::query::Unreadable> {
                Ok(Self {
                    $($field: $crate::admin::query::FilterField::read(query, $parameter)?,)+
                })
            }

            fn write(&self) -> Vec<String> {
                let mut written = Vec::new();
                $(
                    for value in $crate::admin::query::FilterField::values(&self.$field) {
                        written.push(format!(concat!($parameter, "={}"), value));
                    }
                )+
                written
            }

            fn parameters() -> Vec<poem_openapi::registry::MetaOperationParam> {
                vec![$(
                    $crate::admin::query::declare(
                        $parameter,
                        str::trim($doc),
                        <$type as $crate::admin::query::FilterField>::schema(),
                    ),
                )+]
            }

            fn register(registry: &mut poem_openapi::registry::Registry) {
                $(<$type as $crate::admin::query::FilterField>::register(registry);)+
            }
        }
    };
}
pub(in crate::admin) use filters;
