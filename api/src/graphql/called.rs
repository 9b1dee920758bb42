//! Which queries and mutations an operation calls, by the names that the schema has for them.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use async_graphql::parser::{
    parse_schema,
    types::{
        ExecutableDocument, OperationDefinition, Selection, SelectionSet, TypeKind,
        TypeSystemDefinition,
    },
};

use super::schema::schema_sdl;

/// An operation that calls nothing there is, or that cannot be read.
const INVALID: &str = "(invalid)";

/// The schema's own fields at its roots, and those that every schema has.
static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let standard = ["__schema", "__type", "__typename"].map(str::to_owned);
    // The schema has just been written by the same library.
    let definitions = parse_schema(schema_sdl()).map(|schema| schema.definitions);
    let roots = definitions.into_iter().flatten().filter_map(|definition| {
        let TypeSystemDefinition::Type(definition) = definition else {
            return None;
        };
        let definition = definition.node;
        match definition.kind {
            TypeKind::Object(object)
                if ["Query", "Mutation", "Subscription"]
                    .contains(&definition.name.node.as_str()) =>
            {
                Some(object.fields)
            }
            _ => None,
        }
    });
    let fields = roots
        .flatten()
        .map(|field| field.node.name.node.to_string());
    fields.chain(standard).collect()
});

/// What is called, each once. Nothing that a client has made up, so that there are not more than the
/// schema has.
pub fn called(operation: Option<(&ExecutableDocument, &OperationDefinition)>) -> Vec<&'static str> {
    let mut found = BTreeSet::new();
    if let Some((document, operation)) = operation {
        let mut fragments = HashSet::new();
        let selections = &operation.selection_set.node;
        gather(document, selections, &mut fragments, &mut found);
    }
    if found.is_empty() {
        found.insert(INVALID);
    }
    found.into_iter().collect()
}

fn gather<'d>(
    document: &'d ExecutableDocument,
    selections: &'d SelectionSet,
    fragments: &mut HashSet<&'d str>,
    found: &mut BTreeSet<&'static str>,
) {
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => {
                if let Some(known) = KNOWN.get(field.node.name.node.as_str()) {
                    found.insert(known);
                }
            }
            Selection::InlineFragment(fragment) => {
                gather(
                    document,
                    &fragment.node.selection_set.node,
                    fragments,
                    found,
                );
            }
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                // Each once: nothing has been validated yet, and they may go round in a circle.
                if fragments.insert(name)
                    && let Some(fragment) = document.fragments.get(name)
                {
                    gather(
                        document,
                        &fragment.node.selection_set.node,
                        fragments,
                        found,
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Request, parser::types::DocumentOperations};

    use super::*;

    fn of(query: &str) -> Vec<&'static str> {
        let mut request = Request::new(query);
        let Ok(document) = request.parsed_query() else {
            return called(None);
        };
        let DocumentOperations::Single(operation) = &document.operations else {
            unreachable!()
        };
        called(Some((document, &operation.node)))
    }

    #[test]
    fn each_root_field_is_named_once_whatever_the_client_calls_it() {
        assert_eq!(of("{viewer{__typename}}"), ["viewer"]);
        assert_eq!(
            of("{a: user(id: 1){id} b: user(id: 2){username} siteConfig{id}}"),
            ["siteConfig", "user"]
        );
        assert_eq!(of("mutation{lockUser(input:{}){status}}"), ["lockUser"]);
        assert_eq!(of("{__schema{types{name}}}"), ["__schema"]);
    }

    #[test]
    fn fragments_are_followed_even_in_a_circle() {
        assert_eq!(
            of("{... on Query{viewer{id}} ...A} fragment A on Query{users{nodes{id}} ...A}"),
            ["users", "viewer"]
        );
    }

    #[test]
    fn what_the_schema_does_not_have_is_one_name() {
        for query in ["{inventedByAClient}", "{", "{...Missing}"] {
            assert_eq!(of(query), ["(invalid)"], "{query}");
        }
    }
}
