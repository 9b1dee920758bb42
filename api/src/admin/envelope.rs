//! The form of answers: a resource, a page of resources (contract admin-api.md 3.1, 3.2).

use muniment_projections::queries::Page;
use poem_openapi::{
    Object,
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde::Serialize;

use super::{
    query::{Links, Listing},
    schema::{Id, Schema, schema_type},
};

/// Something that has an id and a place in a collection. Serialises to its attributes alone.
pub trait Resource: Type + Serialize {
    /// The JSON:API type.
    const TYPE: &'static str;
    /// The collection's path; never with a listener's prefix.
    const PATH: &'static str;

    fn id(&self) -> Id;

    /// The one address of the resource.
    fn path(&self) -> String {
        format!("{}/{}", Self::PATH, self.id())
    }
}

/// A top-level response with a single resource
#[derive(Serialize)]
pub struct SingleResponse<T> {
    data: SingleResource<T>,
    links: SelfLinks,
}

impl<T: Resource> SingleResponse<T> {
    /// The answer of an operation whose own address is the resource's.
    pub fn new(resource: T) -> Self {
        let link = resource.path();
        Self::linked(resource, link)
    }

    /// The answer of an action on the resource, such as `lock`.
    pub fn after(resource: T, action: &str) -> Self {
        let link = format!("{}/{action}", resource.path());
        Self::linked(resource, link)
    }

    /// The answer of an operation that has the address `link`.
    pub fn linked(resource: T, link: String) -> Self {
        Self {
            data: SingleResource::new(resource, None),
            links: SelfLinks { link },
        }
    }
}

/// A single resource, with its type, ID, attributes and related links
#[derive(Serialize)]
pub struct SingleResource<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: Id,
    attributes: T,
    links: SelfLinks,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<SingleResourceMeta>,
}

impl<T: Resource> SingleResource<T> {
    fn new(resource: T, meta: Option<SingleResourceMeta>) -> Self {
        Self {
            kind: T::TYPE,
            id: resource.id(),
            links: SelfLinks {
                link: resource.path(),
            },
            attributes: resource,
            meta,
        }
    }

    /// One that stands on a line of its own.
    pub fn alone(resource: T) -> Self {
        Self::new(resource, None)
    }

    fn listed(resource: T) -> Self {
        let cursor = resource.id().to_string();
        let meta = SingleResourceMeta {
            page: Some(SingleResourceMetaPage { cursor }),
        };
        Self::new(resource, Some(meta))
    }
}

/// A top-level response with a page of resources
#[derive(Serialize)]
pub struct PaginatedResponse<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<PaginationMeta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Vec<SingleResource<T>>>,
    links: PaginationLinks,
}

impl<T: Resource> PaginatedResponse<T> {
    /// What was asked for by `listing`, as it was found.
    pub fn new<R: Into<T>>(listing: &Listing, count: Option<u64>, page: Option<Page<R>>) -> Self {
        let meta = count.map(|count| PaginationMeta { count });
        let Some(page) = page else {
            return Self {
                meta,
                data: None,
                links: PaginationLinks::of(listing.links_of_count(T::PATH)),
            };
        };
        let data: Vec<T> = page.items.into_iter().map(Into::into).collect();
        let ends = data.first().zip(data.last());
        let ends = ends.map(|(first, last)| (first.id(), last.id()));
        let links = listing.links_of_page(T::PATH, ends, page.has_more);
        Self {
            meta,
            data: Some(data.into_iter().map(SingleResource::listed).collect()),
            links: PaginationLinks::of(links),
        }
    }
}

/// Related links
#[derive(Serialize, Object)]
pub struct SelfLinks {
    /// The canonical link to the current resource
    #[serde(rename = "self")]
    #[oai(rename = "self")]
    link: String,
}

/// Metadata associated with a resource
#[derive(Serialize, Object)]
pub struct SingleResourceMeta {
    /// Information about the pagination of the resource
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(nullable)]
    page: Option<SingleResourceMetaPage>,
}

/// Pagination metadata for a resource
#[derive(Serialize, Object)]
pub struct SingleResourceMetaPage {
    /// The cursor of this resource in the paginated result
    cursor: String,
}

/// Metadata about a list
#[derive(Serialize)]
pub struct PaginationMeta {
    count: u64,
}

impl Schema for PaginationMeta {
    fn schema_name() -> String {
        "PaginationMeta".to_owned()
    }

    fn schema(_: &mut Registry) -> MetaSchema {
        let count = MetaSchema {
            description: Some("The total number of results, whatever the page"),
            minimum: Some(0.0),
            nullable: true,
            ..MetaSchema::new_with_format("integer", "uint")
        };
        MetaSchema {
            description: Some("Metadata about a list"),
            properties: vec![("count", MetaSchemaRef::Inline(Box::new(count)))],
            ..MetaSchema::new("object")
        }
    }
}
schema_type!(PaginationMeta);

/// Related links
#[derive(Serialize, Object)]
pub struct PaginationLinks {
    /// The canonical link to the current page
    #[serde(rename = "self")]
    #[oai(rename = "self")]
    current: String,
    /// The link to the first page of results; absent when only counting
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(nullable)]
    first: Option<String>,
    /// The link to the last page of results; absent when only counting
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(nullable)]
    last: Option<String>,
    /// The link to the next page of results; only present when paging forward and there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(nullable)]
    next: Option<String>,
    /// The link to the previous page of results; only present when paging backward and there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(nullable)]
    prev: Option<String>,
}

impl PaginationLinks {
    fn of(links: Links) -> Self {
        Self {
            current: links.current,
            first: links.first,
            last: links.last,
            next: links.next,
            prev: links.prev,
        }
    }
}

impl<T: Resource> Schema for SingleResponse<T> {
    fn schema_name() -> String {
        format!("SingleResponse_for_{}", T::name())
    }

    fn schema(registry: &mut Registry) -> MetaSchema {
        MetaSchema {
            description: Some("A top-level response with a single resource"),
            required: vec!["data", "links"],
            properties: vec![
                member::<SingleResource<T>>("data", registry),
                member::<SelfLinks>("links", registry),
            ],
            ..MetaSchema::new("object")
        }
    }
}
schema_type!(SingleResponse<T: Resource>);

impl<T: Resource> Schema for SingleResource<T> {
    fn schema_name() -> String {
        format!("SingleResource_for_{}", T::name())
    }

    fn schema(registry: &mut Registry) -> MetaSchema {
        MetaSchema {
            description: Some("A single resource, with its type, ID, attributes and related links"),
            required: vec!["type", "id", "attributes", "links"],
            properties: vec![
                member::<String>("type", registry),
                member::<Id>("id", registry),
                member::<T>("attributes", registry),
                member::<SelfLinks>("links", registry),
                optional_member::<SingleResourceMeta>("meta", registry),
            ],
            ..MetaSchema::new("object")
        }
    }
}
schema_type!(SingleResource<T: Resource>);

impl<T: Resource> Schema for PaginatedResponse<T> {
    fn schema_name() -> String {
        format!("PaginatedResponse_for_{}", T::name())
    }

    fn schema(registry: &mut Registry) -> MetaSchema {
        MetaSchema {
            description: Some("A top-level response with a page of resources"),
            required: vec!["links"],
            properties: vec![
                optional_member::<PaginationMeta>("meta", registry),
                optional_member::<Vec<SingleResource<T>>>("data", registry),
                member::<PaginationLinks>("links", registry),
            ],
            ..MetaSchema::new("object")
        }
    }
}
schema_type!(PaginatedResponse<T: Resource>);

fn member<T: Type>(name: &'static str, registry: &mut Registry) -> (&'static str, MetaSchemaRef) {
    T::register(registry);
    (name, T::schema_ref())
}

/// A member that is left out rather than null, which existing documents do not tell apart.
fn optional_member<T: Type>(
    name: &'static str,
    registry: &mut Registry,
) -> (&'static str, MetaSchemaRef) {
    let (name, schema) = member::<T>(name, registry);
    let nullable = MetaSchema {
        nullable: true,
        ..match schema {
            MetaSchemaRef::Inline(schema) => *schema,
            reference @ MetaSchemaRef::Reference(_) => MetaSchema {
                all_of: vec![reference],
                ..MetaSchema::ANY
            },
        }
    };
    (name, MetaSchemaRef::Inline(Box::new(nullable)))
}
