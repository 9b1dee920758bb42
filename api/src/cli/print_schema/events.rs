//! The catalogue of events, in Markdown.

use std::fmt::Write;

use muniment_domain::{EventField, EventKind, event_kinds};

const INTRODUCTION: &str = "\
# Events

<!-- Printed by `cargo muniment print-schema events` from domain/src: edit the comments there. -->

Every event that the log can hold, in the version that is written now. Older versions are brought to
this form when they are read ([ADR 6](adr/0006-event-versions.md)); one stored example of each version
ever released is in [domain/golden](../domain/golden/).

In the log the payload is `{\"<variant>\": {<fields>}}`. A field of type `Pii<…>` is personal data: it is
sealed with a key of the person whom the event is about, and stands in the log as
`{\"$sealed\": \"<base64>\"}`. When that key is destroyed, it reads as `(erased)`
([ADR 9](adr/0009-erasure.md)). Ids are UUIDs in the log and ULIDs wherever they are shown. When it
happened, who did it and through what stand beside the payload.
";

/// What is committed as `docs/events.md`.
pub fn catalogue() -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut aggregate = "";
    for kind in event_kinds() {
        if kind.aggregate != aggregate {
            aggregate = kind.aggregate;
            // Writing into a string does not fail.
            let _ = write!(text, "\n## {aggregate}\n");
        }
        describe(&mut text, kind);
    }
    text
}

fn describe(text: &mut String, kind: &EventKind) {
    let personal: Vec<String> = kind
        .fields
        .iter()
        .filter(|field| field.is_personal())
        .map(|field| format!("`{}`", field.name))
        .collect();
    let personal = if personal.is_empty() {
        "none".to_owned()
    } else {
        format!("{}, of the user", personal.join(", "))
    };
    let _ = write!(
        text,
        "\n### `{}` version {}\n\n{}\n\nVariant `{}`. Personal data: {personal}.\n\n\
         | field | type | meaning |\n|---|---|---|\n",
        kind.event_type,
        kind.version,
        prose(kind.doc),
        kind.variant,
    );
    for field in kind.fields {
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {} |",
            field.name,
            code_type(field),
            prose(field.doc)
        );
    }
}

/// Lines of documentation as one.
fn prose(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}

/// As it is written by hand.
fn code_type(field: &EventField) -> String {
    field.code_type.replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_catalogue_is_what_the_code_says() {
        let committed = include_str!("../../../../docs/events.md");
        assert!(
            committed == catalogue(),
            "run `cargo muniment print-schema events > docs/events.md`"
        );
    }
}
