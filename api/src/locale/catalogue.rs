//! The texts: Fluent files from `api/locales/`, in the binary.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};

use super::Locale;

/// What a text's placeholder stands for: text, or a number that the wording may depend on.
pub type Value<'a> = fluent_bundle::FluentValue<'a>;
/// Placeholders and what they stand for.
pub type Args<'a> = &'a [(&'a str, Value<'a>)];

type Bundle = FluentBundle<FluentResource>;

/// The files of every language, under the same names in each.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const fn sources(locale: Locale) -> &'static [(&'static str, &'static str)] {
            match locale {
                Locale::En => &[$(($name, include_str!(concat!("../../locales/en/", $name)))),*],
                Locale::De => &[$(($name, include_str!(concat!("../../locales/de/", $name)))),*],
            }
        }
    };
}

files!(
    "common.ftl",
    "device.ftl",
    "errors.ftl",
    "history.ftl",
    "login.ftl",
    "mail.ftl",
    "policy.ftl",
    "recovery.ftl",
    "register.ftl",
    "upstream.ftl",
);

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::En));
static GERMAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::De));

/// The text under a key, with its placeholders filled in. Not escaped: that is the template's task.
pub fn text(locale: Locale, key: &str, args: Args<'_>) -> String {
    if let Some(text) = lookup(locale, key, args).or_else(|| lookup(Locale::En, key, args)) {
        return text;
    }
    tracing::error!(text.key = key, "a text is missing");
    key.to_owned()
}

/// The same of a text that need not be there, or may say nothing.
pub fn text_if_any(locale: Locale, key: &str, args: Args<'_>) -> Option<String> {
    let text = lookup(locale, key, args).or_else(|| lookup(Locale::En, key, args));
    text.filter(|text| !text.is_empty())
}

fn lookup(locale: Locale, key: &str, args: Args<'_>) -> Option<String> {
    let bundle = match locale {
        Locale::En => &*ENGLISH,
        Locale::De => &*GERMAN,
    };
    let pattern = bundle.get_message(key)?.value()?;
    let args: FluentArgs<'_> = args
        .iter()
        .map(|(name, value)| (*name, tame(value)))
        .collect();
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&args), &mut errors);
    for error in errors {
        tracing::error!(text.key = key, %error, "a text could not be filled in");
    }
    Some(text.into_owned())
}

/// Without the characters that reorder what surrounds them: a name must not rewrite the sentence
/// that it stands in.
fn tame<'a>(value: &Value<'a>) -> Value<'a> {
    const REORDERING: [char; 9] = [
        '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}',
    ];
    match value {
        Value::String(text) if text.contains(REORDERING) => text.replace(REORDERING, "").into(),
        other => other.clone(),
    }
}

fn bundle(locale: Locale) -> Bundle {
    let languages = locale.tag().parse().into_iter().collect();
    let mut bundle = Bundle::new_concurrent(languages);
    // The marks would end up in addresses and in copied text; `tame` guards the sentence instead.
    bundle.set_use_isolating(false);
    for (name, source) in sources(locale) {
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(part, _)| {
            tracing::error!(file = name, "a file of texts is broken");
            part
        });
        if bundle.add_resource(resource).is_err() {
            tracing::error!(file = name, "a text is there twice");
        }
    }
    bundle
}

#[cfg(test)]
pub mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Keys and the placeholders of each.
    pub fn keys(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        for (name, source) in sources(locale) {
            assert!(
                FluentResource::try_new((*source).to_owned()).is_ok(),
                "{name}"
            );
            let mut current = String::new();
            for line in source.lines().filter(|line| !line.starts_with('#')) {
                if let Some((key, _)) = line.split_once('=')
                    && line.starts_with(|c: char| c.is_ascii_lowercase())
                {
                    key.trim().clone_into(&mut current);
                    let known = keys.insert(current.clone(), BTreeSet::new());
                    assert!(known.is_none(), "{current} is there twice");
                }
                for part in line.split('$').skip(1) {
                    let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                    let placeholder = part[..end.unwrap_or(part.len())].to_owned();
                    keys.get_mut(&current).unwrap().insert(placeholder);
                }
            }
        }
        keys
    }

    #[test]
    fn every_language_has_every_text_with_the_same_placeholders() {
        for locale in Locale::ALL {
            assert_eq!(keys(locale), keys(Locale::En), "{}", locale.tag());
        }
    }

    #[test]
    fn every_text_that_the_templates_name_is_there() {
        let known = keys(Locale::En);
        let mut named = 0;
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap() {
            let path = entry.unwrap().path();
            let template = std::fs::read_to_string(&path).unwrap();
            for call in ["ctx.t(\"", "ctx.t1(\"", "ctx.tn(\""] {
                for part in template.split(call).skip(1) {
                    let key = part.split('"').next().unwrap();
                    assert!(known.contains_key(key), "{key} in {}", path.display());
                    named += 1;
                }
            }
        }
        assert!(named > 50);
    }

    /// Texts that the views choose among by a value.
    #[test]
    fn every_text_that_the_views_name_is_there() {
        let known = keys(Locale::En);
        let kinds: BTreeSet<&str> = known
            .keys()
            .filter_map(|key| key.split('-').next())
            .collect();
        let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages");
        let views = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages/views");
        let files = [pages, views].map(|folder| std::fs::read_dir(folder).unwrap());
        let mut named = 0;
        for file in files
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
        {
            let skipped = ["tests.rs", "gallery.rs", "error.rs", "register_steps.rs"];
            if !file.is_file() || skipped.iter().any(|name| file.ends_with(name)) {
                continue;
            }
            let source = std::fs::read_to_string(&file).unwrap();
            // A policy's codes look like keys, and are matched as `Some("…")`.
            for line in source.lines().filter(|line| !line.contains("Some(\"")) {
                for literal in line.split('"').skip(1).step_by(2) {
                    let plain = |c: char| c.is_ascii_lowercase() || "-_".contains(c);
                    let (kind, rest) = literal.split_once('-').unwrap_or_default();
                    if kinds.contains(kind) && !rest.is_empty() && literal.chars().all(plain) {
                        assert!(
                            known.contains_key(literal),
                            "{literal} in {}",
                            file.display()
                        );
                        named += 1;
                    }
                }
            }
        }
        assert!(named > 40);
        let inputs = [
            "username",
            "email",
            "password",
            "password_confirm",
            "token",
            "code",
        ];
        for key in inputs.map(|name| format!("label-{name}")) {
            assert!(known.contains_key(&key), "{key}");
        }
        for code in crate::pages::PageError::ALL.map(crate::pages::PageError::code) {
            for key in ["title", "text"].map(|part| format!("error-{code}-{part}")) {
                assert!(known.contains_key(&key), "{key}");
            }
        }
    }

    #[test]
    fn placeholders_are_filled_in_and_cannot_turn_the_sentence_around() {
        let args = [("name", Value::from("a\u{202e}b"))];
        assert_eq!(
            text(Locale::En, "home-signed-in", &args),
            "You are signed in as ab."
        );
        let german = text(Locale::De, "home-signed-in", &args);
        assert_eq!(german, "Du bist als ab angemeldet.");
    }

    #[test]
    fn numbers_choose_the_wording() {
        let sessions = |n: u64| text(Locale::En, "policy-sessions-remove", &[("count", n.into())]);
        assert!(sessions(1).contains("one session"), "{}", sessions(1));
        assert!(sessions(3).contains("3 sessions"), "{}", sessions(3));
    }

    #[test]
    fn a_text_that_nobody_wrote_is_its_key() {
        assert_eq!(text(Locale::De, "no-such-text", &[]), "no-such-text");
    }
}
