//! One section: from JSON to its type, with unknown keys as warnings and every wrong value as a
//! problem of its own.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    key_path::{KeyPath, Segment},
    report::Report,
    wording,
};

/// What a section checks beyond the types of its keys.
pub(super) trait Section: DeserializeOwned + Default {
    /// Whether the section is a list; all but one are mappings.
    const LIST: bool = false;

    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>);
}

/// Takes the section out of `sections`; its defaults when it is absent or cannot be read.
pub(super) fn read<T: Section>(
    name: &str,
    sections: &mut Map<String, Value>,
    report: &mut Report<'_>,
) -> T {
    let at = KeyPath::of(name);
    let Some(value) = sections.remove(name) else {
        return T::default();
    };
    // serde would take a list for a mapping, by position.
    let fits = if T::LIST {
        value.is_array()
    } else {
        value.is_object()
    };
    if !fits {
        let expected = if T::LIST {
            "a list"
        } else {
            "a mapping of keys"
        };
        let found = wording::describe(&at, &value);
        report.refuse(&at, format!("found {found}, expected {expected}"));
        return T::default();
    }
    let Some(mut section) = typed::<T>(value, &at, report) else {
        return T::default();
    };
    section.check(&at, report);
    section
}

/// After a wrong value the key is taken out and the rest tried again, so that one run shows all
/// wrong values. What was left out is a problem, so the result is never used.
pub(super) fn typed<T: DeserializeOwned>(
    mut value: Value,
    at: &KeyPath,
    report: &mut Report<'_>,
) -> Option<T> {
    let mut removed: Vec<KeyPath> = Vec::new();
    loop {
        let mut unknown = Vec::new();
        let mut track = serde_path_to_error::Track::new();
        let deserializer = serde_path_to_error::Deserializer::new(&value, &mut track);
        let result: Result<T, _> = serde_ignored::deserialize(deserializer, |path| {
            unknown.push(KeyPath::ignored(at, &path));
        });
        for path in &unknown {
            report.warn(path, "unknown key, ignored");
        }
        let error = match result {
            Ok(section) => return Some(section),
            Err(error) => error,
        };
        let path = KeyPath::failed(at, &track.path());
        // What is missed or contradicts itself for want of a removed key is no news.
        if removed.iter().any(|gone| gone.is_at_or_below(&path)) {
            return None;
        }
        let depth = at.segments().len();
        let inside = path.segments().get(depth..).unwrap_or_default();
        let message = error.to_string();
        if let Some(missing) = wording::missing_field(&message) {
            report.problem(&path.key(missing), "missing, and there is no default");
        } else {
            let found = lookup(&value, inside);
            report.refuse(&path, wording::refusal(&path, found, &message));
        }
        if !remove(&mut value, inside) {
            return None;
        }
        removed.push(path);
    }
}

fn lookup<'a>(value: &'a Value, path: &[Segment]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) => value.get(key),
        Segment::Index(index) => value.get(index),
    })
}

/// Removes a key of a mapping. Elements stay: without one the others would change places.
fn remove(value: &mut Value, path: &[Segment]) -> bool {
    let Some((Segment::Key(key), parents)) = path.split_last() else {
        return false;
    };
    let parent = parents
        .iter()
        .try_fold(value, |value, segment| match segment {
            Segment::Key(key) => value.get_mut(key),
            Segment::Index(index) => value.get_mut(index),
        });
    parent
        .and_then(Value::as_object_mut)
        .and_then(|map| map.remove(key))
        .is_some()
}
