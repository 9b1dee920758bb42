use std::{collections::HashMap, marker::PhantomData};

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, Registry},
};

use super::{Filter, Pagination};

/// A list operation, with the query parameters that [`Pagination`] and the filter `F` read put into
/// the document.
pub struct Paged<A, F> {
    list: A,
    filter: PhantomData<fn() -> F>,
}

impl<A: Default, F> Default for Paged<A, F> {
    fn default() -> Self {
        Self {
            list: A::default(),
            filter: PhantomData,
        }
    }
}

impl<A: OpenApi, F: Filter> OpenApi for Paged<A, F> {
    fn meta() -> Vec<MetaApi> {
        let mut apis = A::meta();
        let paths = apis.iter_mut().flat_map(|api| &mut api.paths);
        for operation in paths.flat_map(|path| &mut path.operations) {
            operation.params.extend(Pagination::parameters());
            operation.params.extend(F::parameters());
        }
        apis
    }

    fn register(registry: &mut Registry) {
        A::register(registry);
        Pagination::register(registry);
        F::register(registry);
    }

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.list.add_routes(table);
    }
}
