//! How policy data of several origins becomes one (contract oauth2.md 13.12).

use serde_json::Value;

/// Two values that have no common form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Cannot merge a {right} into a {left}{}", place(.at))]
pub struct MergeError {
    left: &'static str,
    right: &'static str,
    /// Keys from the outside in.
    at: Vec<String>,
}

fn place(at: &[String]) -> String {
    if at.is_empty() {
        String::new()
    } else {
        format!(" (at {})", at.join("."))
    }
}

/// Puts `right` over `left`: objects key by key, lists one after the other, everything else replaced
/// by its like. Null gives way to anything, and replaces anything.
pub fn merge(left: Value, right: Value) -> Result<Value, MergeError> {
    match (left, right) {
        (Value::Object(mut left), Value::Object(right)) => {
            for (key, value) in right {
                let merged = match left.remove(&key) {
                    None => value,
                    Some(old) => merge(old, value).map_err(|mut error| {
                        error.at.insert(0, key.clone());
                        error
                    })?,
                };
                left.insert(key, merged);
            }
            Ok(Value::Object(left))
        }
        (Value::Array(mut left), Value::Array(right)) => {
            left.extend(right);
            Ok(Value::Array(left))
        }
        (Value::Null, right) | (_, right @ Value::Null) => Ok(right),
        (left, right) if kind(&left) == kind(&right) => Ok(right),
        (left, right) => Err(MergeError {
            left: kind(&left),
            right: kind(&right),
            at: Vec::new(),
        }),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_merge_key_by_key_and_lists_one_after_the_other() {
        let left = json!({"a": {"x": 1, "y": [1]}, "kept": true});
        let right = json!({"a": {"x": 2, "y": [1, 2]}, "new": "n"});
        assert_eq!(
            merge(left, right).unwrap(),
            json!({"a": {"x": 2, "y": [1, 1, 2]}, "kept": true, "new": "n"})
        );
    }

    #[test]
    fn null_gives_way_and_replaces() {
        assert_eq!(
            merge(
                json!({"a": null, "b": [1], "c": {"d": 1}}),
                json!({"a": [1], "b": null, "c": null})
            )
            .unwrap(),
            json!({"a": [1], "b": null, "c": null})
        );
    }

    #[test]
    fn what_has_no_common_form_is_an_error_that_says_where() {
        let error =
            merge(json!({"emails": {"x": [1]}}), json!({"emails": {"x": "1"}})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Cannot merge a string into a array (at emails.x)"
        );
        let values = [json!(true), json!(1), json!("1"), json!([]), json!({})];
        for left in &values {
            for right in &values {
                let merged = merge(left.clone(), right.clone());
                assert_eq!(merged.is_ok(), left == right, "{left} {right}");
            }
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-c]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn merging_over_nothing_changes_nothing(value in any_json()) {
            prop_assert_eq!(merge(Value::Null, value.clone()).unwrap(), value.clone());
            if value.is_object() {
                prop_assert_eq!(merge(json!({}), value.clone()).unwrap(), value.clone());
                prop_assert_eq!(merge(value.clone(), json!({})).unwrap(), value);
            }
        }

        #[test]
        fn whatever_merges_holds_every_key_of_both(left in any_json(), right in any_json()) {
            if let (Some(a), Some(b), Ok(merged)) =
                (left.as_object(), right.as_object(), merge(left.clone(), right.clone()))
            {
                let merged = merged.as_object().unwrap();
                prop_assert!(a.keys().chain(b.keys()).all(|key| merged.contains_key(key)));
            }
        }
    }
}
