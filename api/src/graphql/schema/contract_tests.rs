//! Our schema against its printed copy, and against the contract's.

use std::collections::BTreeMap;

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{
            ConstDirective, FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind,
            TypeSystemDefinition,
        },
    },
};

use super::schema_sdl;

const CONTRACT: &str = include_str!("../../../../tests/fixtures/contract-schema.graphql");

/// Types of our own, which the contract does not have.
const OURS: [&str; 28] = [
    "AuditEvent",
    "AuditEventConnection",
    "AuditEventEdge",
    "CreatePersonalSessionInput",
    "CreatePersonalSessionPayload",
    "CreatePersonalSessionStatus",
    "EndOtherSessionsInput",
    "EndOtherSessionsPayload",
    "EndSessionsInput",
    "EndSessionsPayload",
    "HistoryActor",
    "HistoryActorKind",
    "HistoryCategory",
    "HistoryEvent",
    "HistoryEventConnection",
    "HistoryEventEdge",
    "HistorySession",
    "JSON",
    "PersonalSession",
    "PersonalSessionConnection",
    "PersonalSessionEdge",
    "RegeneratePersonalSessionInput",
    "RegeneratePersonalSessionPayload",
    "RegeneratePersonalSessionStatus",
    "RevokePersonalSessionInput",
    "RevokePersonalSessionPayload",
    "RevokePersonalSessionStatus",
    "Subscription",
];
/// Fields of our own, as `Type.field`.
const OUR_FIELDS: [&str; 8] = [
    "Mutation.createPersonalSession",
    "Mutation.endOtherSessions",
    "Mutation.endSessions",
    "Mutation.regeneratePersonalSession",
    "Mutation.revokePersonalSession",
    "Query.auditEvents",
    "User.history",
    "User.personalSessions",
];

const IMPLEMENTS: &str = ".implements ";

/// What is comparable of a field, an argument or an enum value: its path and what can be said of it.
type Facts = BTreeMap<String, String>;

#[test]
fn the_committed_schema_is_the_printed_one() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == schema_sdl(),
        "schema.graphql is not what the code prints; refresh it:\n    \
         cargo muniment print-schema graphql > schema.graphql"
    );
}

#[test]
fn printing_twice_gives_the_same_text() {
    let sdl = schema_sdl();
    assert_eq!(sdl, schema_sdl());
    assert!(sdl.ends_with("}\n"));
}

#[test]
fn the_schema_is_the_contracts() {
    let ours = facts(&schema_sdl());
    let theirs = facts(CONTRACT);
    let mut differences = Vec::new();
    for (path, fact) in &ours {
        let mut parts = path.split('.');
        let (name, field) = (parts.next().unwrap_or_default(), parts.next());
        let own_field =
            field.is_some_and(|field| OUR_FIELDS.contains(&format!("{name}.{field}").as_str()));
        if OURS.contains(&name) || own_field {
            continue;
        }
        match theirs.get(path) {
            Some(wanted) if wanted == fact => {}
            Some(wanted) => differences.push(format!("{path}: {fact}, expected {wanted}")),
            None => differences.push(format!("{path}: not in the contract")),
        }
    }
    for (path, fact) in &theirs {
        if !ours.contains_key(path) {
            differences.push(format!("{path}: missing, expected {fact}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn facts(sdl: &str) -> Facts {
    let mut facts = Facts::new();
    for definition in parse_schema(sdl).unwrap().definitions {
        if let TypeSystemDefinition::Type(definition) = definition {
            type_facts(&definition.node, &mut facts);
        }
    }
    facts
}

fn type_facts(definition: &TypeDefinition, facts: &mut Facts) {
    let name = definition.name.node.as_str();
    let mut insert = |path: String, fact: String| {
        assert_eq!(facts.insert(path, fact), None);
    };
    match &definition.kind {
        TypeKind::Scalar => insert(name.to_owned(), "scalar".to_owned()),
        TypeKind::Object(object) => {
            insert(name.to_owned(), "type".to_owned());
            for interface in &object.implements {
                insert(
                    format!("{name}{IMPLEMENTS}{}", interface.node),
                    String::new(),
                );
            }
            field_facts(name, &object.fields, &mut insert);
        }
        TypeKind::Interface(interface) => {
            insert(name.to_owned(), "interface".to_owned());
            field_facts(name, &interface.fields, &mut insert);
        }
        TypeKind::Union(union) => {
            insert(name.to_owned(), "union".to_owned());
            for member in &union.members {
                insert(format!("{name}.member {}", member.node), String::new());
            }
        }
        TypeKind::Enum(definition) => {
            insert(name.to_owned(), "enum".to_owned());
            for value in &definition.values {
                insert(
                    format!("{name}.{}", value.node.value.node),
                    deprecation(&value.node.directives),
                );
            }
        }
        TypeKind::InputObject(input) => {
            insert(name.to_owned(), "input".to_owned());
            for field in &input.fields {
                value_facts(name, &field.node, &mut insert);
            }
        }
    }
}

fn field_facts(
    name: &str,
    fields: &[Positioned<FieldDefinition>],
    insert: &mut impl FnMut(String, String),
) {
    for field in fields {
        let field = &field.node;
        let path = format!("{name}.{}", field.name.node);
        for argument in &field.arguments {
            value_facts(&path, &argument.node, insert);
        }
        insert(
            path,
            format!("{}{}", field.ty.node, deprecation(&field.directives)),
        );
    }
}

fn value_facts(
    parent: &str,
    value: &InputValueDefinition,
    insert: &mut impl FnMut(String, String),
) {
    let default = value
        .default_value
        .as_ref()
        .map(|default| format!(" = {}", default.node))
        .unwrap_or_default();
    insert(
        format!("{parent}.{}", value.name.node),
        format!(
            "{}{default}{}",
            value.ty.node,
            deprecation(&value.directives)
        ),
    );
}

fn deprecation(directives: &[Positioned<ConstDirective>]) -> String {
    directives
        .iter()
        .find(|directive| directive.node.name.node == "deprecated")
        .map(|directive| {
            let reason = directive.node.get_argument("reason");
            let reason = reason.map(|reason| reason.node.to_string());
            format!(" deprecated {}", reason.unwrap_or_default())
        })
        .unwrap_or_default()
}
