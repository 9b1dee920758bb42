//! How large an operation may be. What is refused here no page of ours and no known client asks for.
//!
//! Depth and cost are the engine's to measure. Before that, it follows every fragment wherever it is
//! spread, so that a few lines could keep it busy for years: they are counted here, once each.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::refusal::Refusal;
use crate::config;

/// Fields of a document, with those of its fragments wherever they are spread.
const SELECTIONS: usize = 10_000;
/// Levels that are followed, more than the parser and the engine take. Fragments may follow one another
/// further, which counts as too large.
const LEVELS: usize = 64;

/// Refuses a document that is too large, or renames too much: under many names one field can be asked
/// for often.
pub fn check(document: &ExecutableDocument, limits: &config::Graphql) -> Result<(), Refusal> {
    let mut measure = Measure {
        document,
        fragments: HashMap::new(),
        level: 0,
    };
    for (_, operation) in document.operations.iter() {
        let size = measure.of(&operation.node.selection_set.node);
        if size.selections > SELECTIONS {
            return Err(Refusal::Selections { limit: SELECTIONS });
        }
        if size.aliases > limits.max_aliases {
            let limit = limits.max_aliases;
            return Err(Refusal::Aliases { limit });
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    selections: usize,
    aliases: usize,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
    }
}

struct Measure<'d> {
    document: &'d ExecutableDocument,
    /// Those being measured are there without a size: a circle, which the engine refuses, ends here.
    fragments: HashMap<&'d str, Size>,
    level: usize,
}

impl<'d> Measure<'d> {
    fn of(&mut self, selections: &'d SelectionSet) -> Size {
        if self.level > LEVELS {
            return Size {
                selections: usize::MAX,
                aliases: 0,
            };
        }
        self.level += 1;
        let mut size = Size::default();
        for selection in &selections.items {
            size.selections = size.selections.saturating_add(1);
            match &selection.node {
                Selection::Field(field) => {
                    let aliases = usize::from(field.node.alias.is_some());
                    size.aliases = size.aliases.saturating_add(aliases);
                    let inner = self.of(&field.node.selection_set.node);
                    size.add(inner);
                }
                Selection::InlineFragment(fragment) => {
                    let inner = self.of(&fragment.node.selection_set.node);
                    size.add(inner);
                }
                Selection::FragmentSpread(spread) => {
                    let inner = self.of_fragment(spread.node.fragment_name.node.as_str());
                    size.add(inner);
                }
            }
        }
        self.level -= 1;
        size
    }

    fn of_fragment(&mut self, name: &str) -> Size {
        if let Some(size) = self.fragments.get(name) {
            return *size;
        }
        let fragments = &self.document.fragments;
        let Some((name, fragment)) = fragments.get_key_value(name) else {
            return Size::default();
        };
        self.fragments.insert(name.as_str(), Size::default());
        let size = self.of(&fragment.node.selection_set.node);
        self.fragments.insert(name.as_str(), size);
        size
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use async_graphql::parser::parse_query;

    use super::*;

    fn measured(text: &str) -> Size {
        let document = parse_query(text).unwrap();
        let mut measure = Measure {
            document: &document,
            fragments: HashMap::new(),
            level: 0,
        };
        let (_, operation) = document.operations.iter().next().unwrap();
        measure.of(&operation.node.selection_set.node)
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let size = measured("{a b:c{d} ...F ...F} fragment F on Q{x:e ...on Q{f}}");
        assert_eq!(
            size,
            Size {
                selections: 11,
                aliases: 3
            }
        );
    }

    #[test]
    fn fragments_that_multiply_are_measured_without_following_them_all() {
        let mut text = "{...F0}".to_owned();
        for n in 0..60 {
            let next = n + 1;
            write!(text, " fragment F{n} on Q{{...F{next} ...F{next}}}").unwrap();
        }
        text += " fragment F60 on Q{a:b}";
        let size = measured(&text);
        assert!(size.selections > 1 << 60 && size.aliases == 1 << 60);
        let document = parse_query(&text).unwrap();
        let refused = check(&document, &config::Graphql::default());
        assert!(matches!(refused, Err(Refusal::Selections { .. })));
    }

    #[test]
    fn fragments_that_follow_one_another_for_ever_are_not_followed() {
        let mut text = "{...F0}".to_owned();
        for n in 0..50_000 {
            write!(text, " fragment F{n} on Q{{...F{}}}", n + 1).unwrap();
        }
        assert_eq!(measured(&text).selections, usize::MAX);
    }

    #[test]
    fn a_circle_of_fragments_is_left_to_the_engine() {
        let text = "{...A} fragment A on Q{...B} fragment B on Q{...A}";
        assert!(check(&parse_query(text).unwrap(), &config::Graphql::default()).is_ok());
    }

    #[test]
    fn names_that_a_document_gives_are_limited() {
        let limits = config::Graphql {
            max_aliases: 2,
            ..config::Graphql::default()
        };
        let checked = |text: &str| check(&parse_query(text).unwrap(), &limits);
        assert!(checked("{a:x b:x}").is_ok());
        let refused = checked("{a:x b:x c:x}").unwrap_err();
        assert!(matches!(refused, Refusal::Aliases { limit: 2 }));
    }
}
