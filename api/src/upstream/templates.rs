//! Templates of the configuration, over what a provider or a client said.

use std::sync::LazyLock;

use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter, value::ValueKind,
};

use crate::config::UpstreamProvider;

/// Steps that a template may take.
const FUEL: u64 = 50_000;

pub const SUBJECT: &str = "{{ user.sub }}";
pub const LOCALPART: &str = "{{ user.preferred_username }}";
pub const DISPLAYNAME: &str = "{{ user.name }}";
pub const EMAIL: &str = "{{ user.email }}";

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_formatter(|out, state, value| match value.kind() {
        // What is not told is nothing, and not the word "none".
        ValueKind::Undefined | ValueKind::None => Ok(()),
        ValueKind::Bool | ValueKind::Number | ValueKind::String => {
            escape_formatter(out, state, value)
        }
        _ => Err(Error::new(ErrorKind::BadSerialization, "not a text")),
    });
    environment
});

/// Every template of a provider, under its key.
pub fn all(provider: &UpstreamProvider) -> Vec<(&'static str, &str)> {
    let imports = &provider.claims_imports;
    let imported = [
        ("claims_imports.subject.template", &imports.subject.template),
        (
            "claims_imports.localpart.template",
            &imports.localpart.template,
        ),
        (
            "claims_imports.displayname.template",
            &imports.displayname.template,
        ),
        ("claims_imports.email.template", &imports.email.template),
        (
            "claims_imports.account_name.template",
            &imports.account_name.template,
        ),
    ];
    let parameters = provider.additional_authorization_parameters.values();
    imported
        .into_iter()
        .filter_map(|(key, template)| Some((key, template.as_deref()?)))
        .chain(
            parameters.map(|template| ("additional_authorization_parameters", template.as_str())),
        )
        .collect()
}

/// Whether it is one.
pub fn check(template: &str) -> Result<(), String> {
    let parsed = ENVIRONMENT.template_from_str(template);
    parsed
        .map(|_| ())
        .map_err(|error| format!("the template is not right: {error}"))
}

/// What it yields, trimmed: nothing if it fails, is empty, is longer than `longest` bytes or holds
/// control characters.
pub fn render(template: &str, context: &Value, longest: usize) -> Option<String> {
    let rendered = match ENVIRONMENT.render_str(template, context) {
        Ok(rendered) => rendered,
        Err(error) => {
            tracing::debug!(kind = ?error.kind(), "a template for an upstream provider failed");
            return None;
        }
    };
    let text = rendered.trim();
    let usable = !text.is_empty() && text.len() <= longest && !text.chars().any(char::is_control);
    usable.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(template: &str, user: &serde_json::Value) -> Option<String> {
        let context = Value::from(minijinja::value::Serde(json!({"user": user})));
        render(template, &context, 20)
    }

    #[test]
    fn what_is_told_is_taken_over() {
        let user = json!({"sub": "a<b", "n": 7, "address": {"city": " Oslo "}});
        for (template, expected) in [
            ("{{ user.sub }}", Some("a<b")),
            ("{{ user.n }}", Some("7")),
            ("{{ user.address.city }}", Some("Oslo")),
            ("{{ (user.sub | upper)[:1] }}!", Some("A!")),
            ("{% if user.nothing %}x{% endif %}", None),
        ] {
            assert_eq!(rendered(template, &user).as_deref(), expected, "{template}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_nothing() {
        let user = json!({"null": null, "list": ["a"], "map": {"a": 1}, "nul": "a\u{0}b",
            "lines": "a\nb", "long": "a".repeat(21), "empty": "  "});
        for key in [
            "null",
            "list",
            "map",
            "nul",
            "lines",
            "long",
            "empty",
            "missing.deeper",
        ] {
            assert_eq!(
                rendered(&format!("{{{{ user.{key} }}}}"), &user),
                None,
                "{key}"
            );
        }
    }

    #[test]
    fn a_template_does_not_run_for_ever() {
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}x";
        assert_eq!(rendered(endless, &json!({})), None);
    }

    #[test]
    fn what_is_no_template_is_refused() {
        assert!(check("{{ user.sub }}").is_ok());
        assert!(check("{{ user.sub").is_err());
    }
}
