//! The language of a request (contract oauth2.md 1.7).

use poem::http::{HeaderMap, header};

/// A language that there are texts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    #[default]
    En,
    De,
}

/// How many entries of `Accept-Language` are looked at.
const MAX_ENTRIES: usize = 32;

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// As HTML's `lang`, `Content-Language` and a stored row write it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language of a tag such as `de-AT`, if there are texts in it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(language))
    }

    /// What the request asks for most, among what there is; English otherwise.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut best: Option<(f32, Self)> = None;
        let entries = headers
            .get_all(header::ACCEPT_LANGUAGE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        for entry in entries.take(MAX_ENTRIES) {
            let mut parts = entry.split(';').map(str::trim);
            let Some(locale) = parts.next().and_then(Self::from_tag) else {
                continue;
            };
            let quality = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            // Of equals, the one that was named first.
            if quality > best.map_or(0.0, |(highest, _)| highest) {
                best = Some((quality, locale));
            }
        }
        best.map_or(Self::default(), |(_, locale)| locale)
    }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn wanted(value: &'static str) -> Locale {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(value));
        Locale::of(&headers)
    }

    #[test]
    fn the_highest_quality_that_there_are_texts_in_wins() {
        assert_eq!(wanted("de"), Locale::De);
        assert_eq!(wanted("de-AT, en;q=0.5"), Locale::De);
        assert_eq!(wanted("en;q=0.5, de;q=0.8"), Locale::De);
        assert_eq!(wanted("fr, de;q=0.3, en;q=0.2"), Locale::De);
        assert_eq!(wanted("en, de"), Locale::En);
        assert_eq!(wanted("DE-ch;q=1"), Locale::De);
    }

    #[test]
    fn everything_else_is_english() {
        for value in ["", "fr", "*", "de;q=0", "de;q=x", ";;;,,", "dexter", "q=1"] {
            assert_eq!(wanted(value), Locale::En, "{value}");
        }
        assert_eq!(Locale::of(&HeaderMap::new()), Locale::En);
    }

    #[test]
    fn a_stored_tag_is_read_back() {
        for locale in Locale::ALL {
            assert_eq!(Locale::from_tag(locale.tag()), Some(locale));
        }
        assert_eq!(Locale::from_tag("tlh"), None);
    }
}
