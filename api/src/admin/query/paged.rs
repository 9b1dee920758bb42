use std::{collections::HashMap, marker::PhantomData};

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, Registry},
};

use super::{Filter, ListOrder, Pagination, Sort};

/// A list operation, with the query parameters that [`Pagination`] in the orders `S` and the filter
/// `F` read put into the document.
pub struct Paged<A, F, S = ListOrder> {
    list: A,
    filter: PhantomData<fn() -> (F, S)>,
}

impl<A: Default, F, S> Default for Paged<A, F, S> {
    fn default() -> Self {
        Self {
            list: A::default(),
            filter: PhantomData,
        }
    }
}

impl<A: OpenApi, F: Filter, S: Sort> OpenApi for Paged<A, F, S> {
    fn meta() -> Vec<MetaApi> {
        let mut apis = A::meta();
        let paths = apis.iter_mut().flat_map(|api| &mut api.paths);
        for operation in paths.flat_map(|path| &mut path.operations) {
            operation.params.extend(Pagination::<S>::parameters());
            operation.params.extend(F::parameters());
        }
        apis
    }

    fn register(registry: &mut Registry) {
        A::register(registry);
        Pagination::<S>::register(registry);
        F::register(registry);
    }

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.list.add_routes(table);
    }
}
