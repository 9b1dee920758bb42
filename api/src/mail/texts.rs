//! The words of the mails, from `api/locales/<language>/mail.ftl`.

use crate::locale::{self, Locale, Value};

/// The text `id` in the language of a tag such as `de-AT`, or in English.
pub fn text(tag: &str, id: &str, values: &[(&str, &str)]) -> String {
    let locale = Locale::from_tag(tag).unwrap_or_default();
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| (*name, Value::from(*value)))
        .collect();
    locale::text(locale, id, &values)
}

#[cfg(test)]
mod tests {
    use fluent_bundle::FluentResource;

    use super::*;

    fn ids(source: &str) -> Vec<String> {
        let lines = source.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| line.split_once(" = "))
            .map(|(id, _)| id.to_owned())
            .collect()
    }

    #[test]
    fn every_language_says_everything() {
        let english = include_str!("../../locales/en/mail.ftl");
        for source in [english, include_str!("../../locales/de/mail.ftl")] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
            assert_eq!(ids(source), ids(english));
        }
        for id in ids(english) {
            let values = [
                ("code", "123456"),
                ("service", "Example"),
                ("name", "alice"),
            ];
            for language in Locale::ALL.map(Locale::tag) {
                let text = text(language, &id, &values);
                assert!(text != id && !text.contains('{'), "{language} {id}: {text}");
            }
        }
    }

    #[test]
    fn a_locale_finds_its_language_and_others_get_english() {
        let greeting = |locale| text(locale, "mail-greeting", &[("name", "alice")]);
        assert_eq!(greeting("de-AT"), "Hallo alice,");
        assert_eq!(greeting("DE"), "Hallo alice,");
        for other in ["en-GB", "fr", "", "../de"] {
            assert_eq!(greeting(other), "Hello alice,", "{other}");
        }
    }
}
