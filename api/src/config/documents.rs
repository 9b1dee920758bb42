//! The YAML files as read, their merge, and which file a value came from.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{
    key_path::{KeyPath, Segment},
    report::{ConfigError, Finding},
};

#[derive(Debug, Default)]
pub(super) struct Documents {
    files: Vec<(PathBuf, Value)>,
}

impl Documents {
    /// Reads every file, or says what is wrong with each that could not be read.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, ConfigError> {
        let mut files = Vec::new();
        let mut problems = Vec::new();
        for path in paths {
            match std::fs::read_to_string(path) {
                Ok(text) => match parse(path, &text) {
                    Ok(value) => files.push((path.clone(), value)),
                    Err(problem) => problems.push(problem),
                },
                Err(error) => problems.push(Finding::in_file(path, unreadable(&error))),
            }
        }
        if problems.is_empty() {
            Ok(Self { files })
        } else {
            Err(ConfigError { problems })
        }
    }

    /// One document from memory, called `name` in messages.
    pub(super) fn of_text(name: &Path, text: &str) -> Result<Self, ConfigError> {
        let value = parse(name, text)?;
        Ok(Self {
            files: vec![(name.to_owned(), value)],
        })
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(path, _)| path.clone()).collect()
    }

    /// All files as one: maps are merged, lists concatenated, anything else replaced by the later
    /// file. A key set to nothing counts as absent, except inside values that are passed on as
    /// they are.
    pub(super) fn merged(&self) -> Map<String, Value> {
        let mut merged = Value::Object(Map::new());
        for (_, value) in &self.files {
            merge(&mut merged, value.clone());
        }
        let Value::Object(mut sections) = merged else {
            return Map::new();
        };
        sections.retain(|_, value| !value.is_null());
        for (name, section) in &mut sections {
            match (name.as_str(), section) {
                ("telemetry" | "templates", _) => {}
                ("policy", Value::Object(policy)) => policy.retain(|_, value| !value.is_null()),
                (_, section) => drop_nulls(section),
            }
        }
        sections
    }

    /// The file whose value stands at `at`, or at the nearest key above it.
    pub(super) fn file_of(&self, at: &KeyPath) -> Option<&Path> {
        let mut holders: Vec<(&Path, &Value)> = self
            .files
            .iter()
            .map(|(path, value)| (path.as_path(), value))
            .collect();
        let only = (holders.len() == 1).then(|| self.files.first()).flatten();
        let mut found = only.map(|(path, _)| path.as_path());
        for segment in at.segments() {
            let inner = match segment {
                Segment::Key(key) => holders
                    .iter()
                    .filter_map(|(path, value)| Some((*path, value.get(key)?)))
                    .collect(),
                Segment::Index(index) => element(&holders, *index),
            };
            if inner.is_empty() {
                break;
            }
            holders = inner;
            found = holders.last().map(|(path, _)| *path);
        }
        found
    }
}

/// The element of lists that were concatenated in file order.
fn element<'a>(holders: &[(&'a Path, &'a Value)], index: usize) -> Vec<(&'a Path, &'a Value)> {
    let after_replacement = holders
        .iter()
        .rposition(|(_, value)| !value.is_array())
        .map_or(0, |position| position + 1);
    let mut left = index;
    for (path, value) in holders.iter().skip(after_replacement) {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        match items.get(left) {
            Some(item) => return vec![(*path, item)],
            None => left -= items.len(),
        }
    }
    Vec::new()
}

fn parse(path: &Path, text: &str) -> Result<Value, Finding> {
    let options = serde_saphyr::options! {
        // `yes` and `0123` are texts; a secret must not turn into a number by its digits.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        // A snippet could print a secret that stands nearby.
        with_snippet: false,
    };
    let value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let position = error.location().map(|at| (at.line(), at.column()));
        Finding {
            position,
            ..Finding::in_file(path, syntax(&error.to_string()))
        }
    })?;
    match value {
        Value::Object(_) => Ok(value),
        Value::Null => Ok(Value::Object(Map::new())),
        _ => Err(Finding::in_file(
            path,
            "the file must be a mapping of sections, such as `http:` and `database:`",
        )),
    }
}

/// The parser's message without the position, which has a place of its own, and without its
/// advice to programmers.
fn syntax(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let end = [" at line ", ", set DuplicateKeyPolicy", "; use from_"]
        .iter()
        .filter_map(|tail| message.rfind(tail))
        .min();
    let text = &message[..end.unwrap_or(message.len())];
    format!("not valid YAML: {}", text.trim())
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file; check --config and MUNIMENT_CONFIG".to_owned(),
        io::ErrorKind::InvalidData => "not a text file in UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(present) => merge(present, value),
                    None => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (Value::Array(base), Value::Array(over)) => base.extend(over),
        (base, over) => *base = over,
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn two(first: &str, second: &str) -> Documents {
        let mut documents = Documents::of_text(Path::new("a.yaml"), first).unwrap();
        let second = Documents::of_text(Path::new("b.yaml"), second).unwrap();
        documents.files.extend(second.files);
        documents
    }

    #[test]
    fn maps_merge_lists_grow_and_scalars_are_replaced() {
        let documents = two(
            "x: {a: 1, b: 2}\nlist: [1]\nplain: old\ngone: here",
            "x: {b: 3, c: 4}\nlist: [2]\nplain: new\ngone: null",
        );
        assert_eq!(
            Value::Object(documents.merged()),
            json!({"x": {"a": 1, "b": 3, "c": 4}, "list": [1, 2], "plain": "new"})
        );
    }

    #[test]
    fn a_value_knows_the_file_that_wrote_it() {
        let documents = two("x: {a: 1, b: 2}\nlist: [1, 2]", "x: {b: 3}\nlist: [3]");
        let file = |path: &KeyPath| {
            documents
                .file_of(path)
                .map(|path| path.display().to_string())
        };
        let (x, list) = (KeyPath::of("x"), KeyPath::of("list"));
        assert_eq!(file(&x.key("a")).as_deref(), Some("a.yaml"));
        assert_eq!(file(&x.key("b")).as_deref(), Some("b.yaml"));
        assert_eq!(file(&list.index(1)).as_deref(), Some("a.yaml"));
        assert_eq!(file(&list.index(2)).as_deref(), Some("b.yaml"));
        assert_eq!(file(&KeyPath::of("other")), None);
    }

    #[test]
    fn a_duplicate_key_and_broken_syntax_name_their_line() {
        let text = |yaml: &str| {
            Documents::of_text(Path::new("c.yaml"), yaml)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            text("http:\n  issuer: a\n  issuer: b\n"),
            "c.yaml:3:3: not valid YAML: duplicate mapping key: issuer"
        );
        assert!(
            text("http:\n  - [1\n").starts_with("c.yaml:"),
            "{}",
            text("http:\n  - [1\n")
        );
        assert!(text("just text").contains("must be a mapping"));
    }

    #[test]
    fn digits_and_words_that_look_like_other_types_stay_text() {
        let documents =
            Documents::of_text(Path::new("c.yaml"), "a: 0123\nb: yes\nc: 1_0\n").unwrap();
        assert_eq!(
            Value::Object(documents.merged()),
            json!({"a": "0123", "b": "yes", "c": "1_0"})
        );
    }

    #[test]
    fn an_empty_file_is_an_empty_configuration() {
        let documents = Documents::of_text(Path::new("c.yaml"), "# nothing yet\n").unwrap();
        assert!(documents.merged().is_empty());
    }
}
