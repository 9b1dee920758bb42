//! The words of the mails, from `api/locales/<language>/mail.ftl`.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

/// The first one also stands in for what another lacks.
static CATALOGUES: LazyLock<Vec<(&str, Bundle)>> = LazyLock::new(|| {
    [
        ("en", include_str!("../../locales/en/mail.ftl")),
        ("de", include_str!("../../locales/de/mail.ftl")),
    ]
    .into_iter()
    .map(|(language, source)| (language, bundle(language, source)))
    .collect()
});

fn bundle(language: &str, source: &str) -> Bundle {
    let language = language.parse::<LanguageIdentifier>().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // Marks around what is filled in would end up in what people copy, such as codes.
    bundle.set_use_isolating(false);
    // What is wrong with a catalogue the tests tell.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(some, _)| some);
    let _ = bundle.add_resource(resource);
    bundle
}

/// The text `id` in the language of a locale such as `de-AT`, or in English.
pub fn text(locale: &str, id: &str, values: &[(&str, &str)]) -> String {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    let mut args = FluentArgs::new();
    for (name, value) in values {
        args.set(*name, *value);
    }
    let wanted = CATALOGUES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(language));
    wanted
        .into_iter()
        .chain(CATALOGUES.first())
        .find_map(|(_, bundle)| {
            let pattern = bundle.get_message(id)?.value()?;
            let text = bundle.format_pattern(pattern, Some(&args), &mut Vec::new());
            Some(text.into_owned())
        })
        .unwrap_or_else(|| id.to_owned())
}

#[cfg(test)]
mod tests {
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
            for (language, _) in &*CATALOGUES {
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
