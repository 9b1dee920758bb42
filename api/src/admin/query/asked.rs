use std::{collections::HashMap, marker::PhantomData};

use poem::{FromRequest, Request, RequestBody, Result, endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, Registry},
};

use super::{super::AdminError, Filter, Query, Unreadable};

/// The parameters of an operation that is no list, of which some have to be given.
pub trait Asks: Filter {
    const REQUIRED: &'static [&'static str];
}

/// What a request asks.
pub struct Asked<F>(pub F);

impl<'a, F: Asks> FromRequest<'a> for Asked<F> {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let unreadable = |error: Unreadable| {
            AdminError::query("Invalid query parameters", error.parameter, &error.why)
        };
        let query = Query::of(request);
        let asked = F::parse(&query).map_err(unreadable)?;
        for parameter in F::REQUIRED {
            if query.texts(parameter).all(str::is_empty) {
                let why = "missing".to_owned();
                return Err(unreadable(Unreadable { parameter, why }).into());
            }
        }
        Ok(Self(asked))
    }
}

/// An operation with the query parameters that [`Asked`] reads put into the document.
pub struct Asking<A, F> {
    operation: A,
    asked: PhantomData<fn() -> F>,
}

impl<A: Default, F> Default for Asking<A, F> {
    fn default() -> Self {
        Self {
            operation: A::default(),
            asked: PhantomData,
        }
    }
}

impl<A: OpenApi, F: Asks> OpenApi for Asking<A, F> {
    fn meta() -> Vec<MetaApi> {
        let mut apis = A::meta();
        let paths = apis.iter_mut().flat_map(|api| &mut api.paths);
        for operation in paths.flat_map(|path| &mut path.operations) {
            let mut parameters = F::parameters();
            for parameter in &mut parameters {
                parameter.required = F::REQUIRED.contains(&&*parameter.name);
            }
            operation.params.extend(parameters);
        }
        apis
    }

    fn register(registry: &mut Registry) {
        A::register(registry);
        F::register(registry);
    }

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.operation.add_routes(table);
    }
}
