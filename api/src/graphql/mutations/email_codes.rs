//! What the mutations about mailed codes have in common.

use async_graphql::{Error, Result};
use unic_langid::LanguageIdentifier;

use crate::{graphql::context::RequestContext, locale::Locale};

/// An address may be added here.
pub fn require_changes_allowed(request: &RequestContext) -> Result<()> {
    if request.app.site.email_change_allowed {
        Ok(())
    } else {
        Err(Error::new("Email changes are not allowed on this server"))
    }
}

/// The language of a mail: that of the tag, if there are texts in it.
pub fn mail_locale(language: &str) -> Result<Locale> {
    let tag: LanguageIdentifier = language
        .parse()
        .map_err(|error: unic_langid::LanguageIdentifierError| Error::new(error.to_string()))?;
    Ok(Locale::from_tag(tag.language.as_str()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_language_even_one_without_texts() {
        for (tag, locale) in [
            ("en", Locale::En),
            ("de", Locale::De),
            ("de-AT", Locale::De),
            ("pt-BR", Locale::En),
            ("zh-Hans", Locale::En),
            ("nb-NO", Locale::En),
        ] {
            assert_eq!(mail_locale(tag).unwrap(), locale, "{tag}");
        }
        for junk in ["not a language", "-", "e", "en-\u{0}", "\u{202e}"] {
            assert!(mail_locale(junk).is_err(), "{junk:?}");
        }
    }
}
