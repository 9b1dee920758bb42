//! What mails say. Everything that is filled in may be hostile.

use super::texts::text;

/// A mail to one person, without its way there.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letter(***)")
    }
}

/// Who is written to, in which language, and by whom.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub locale: &'a str,
    /// A username, where there is one.
    pub name: Option<&'a str>,
    /// What the deployment calls itself.
    pub service: &'a str,
}

/// The code that proves that an address is somebody's own.
pub fn code(reader: Reader<'_>, code: &str) -> Letter {
    let values = [("service", reader.service), ("code", code)];
    let words = |id| text(reader.locale, id, &values);
    compose(
        reader,
        words("mail-code-subject"),
        &words("mail-code-intro"),
        code,
        &format!("<p class=\"main\">{}</p>", escaped(code)),
        [words("mail-code-expiry"), words("mail-code-unexpected")],
    )
}

/// The link by which a new password can be set.
pub fn recovery(reader: Reader<'_>, link: &str) -> Letter {
    around(reader, link, "mail-recovery")
}

/// The link by which a password can be set that an administrator wants somebody to have.
pub fn password_link(reader: Reader<'_>, link: &str) -> Letter {
    around(reader, link, "mail-password")
}

/// A letter around a link, in the words whose names begin like this.
fn around(reader: Reader<'_>, link: &str, named: &str) -> Letter {
    let values = [("service", reader.service)];
    let words = |which| text(reader.locale, &format!("{named}-{which}"), &values);
    let button = words("button");
    compose(
        reader,
        words("subject"),
        &words("intro"),
        link,
        &format!(
            "<p class=\"main\"><a href=\"{link}\">{button}</a></p><p>{link}</p>",
            link = escaped(link),
            button = escaped(&button),
        ),
        [words("expiry"), words("unexpected")],
    )
}

fn compose(
    reader: Reader<'_>,
    subject: String,
    intro: &str,
    main: &str,
    main_html: &str,
    [expiry, unexpected]: [String; 2],
) -> Letter {
    let greeting = match reader.name {
        Some(name) => text(reader.locale, "mail-greeting", &[("name", name)]),
        None => text(reader.locale, "mail-greeting-unknown", &[]),
    };
    Letter {
        subject,
        text: format!(
            "{greeting}\n\n{intro}\n\n    {main}\n\n{expiry}\n\n{unexpected}\n\n-- \n{}\n",
            reader.service
        ),
        html: format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style>{STYLE}</style></head><body>\
             <p>{}</p><p>{}</p>{main_html}<p>{}</p><p>{}</p><p>{}</p></body></html>\n",
            escaped(&greeting),
            escaped(intro),
            escaped(&expiry),
            escaped(&unexpected),
            escaped(reader.service),
        ),
    }
}

const STYLE: &str = "body{font-family:sans-serif;max-width:36em;margin:2em auto;line-height:1.5}\
    .main{font-size:1.5em;font-weight:bold}";

/// A text as HTML shows it, inside an element or a quoted attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(name: Option<&'static str>) -> Reader<'static> {
        Reader {
            locale: "en",
            name,
            service: "Example & Co",
        }
    }

    #[test]
    fn a_code_stands_in_both_bodies() {
        let letter = code(reader(Some("alice")), "012345");
        assert_eq!(letter.subject, "Your verification code is 012345");
        assert!(letter.text.contains("\n    012345\n"), "{}", letter.text);
        assert!(letter.text.starts_with("Hello alice,\n"));
        assert!(letter.html.contains(">012345</p>"), "{}", letter.html);
        assert!(letter.html.contains("Example &amp; Co"));
    }

    #[test]
    fn a_link_can_be_copied_and_clicked() {
        let link = "https://example.com/account/password/recovery?ticket=abc&x=1";
        let letter = recovery(reader(None), link);
        assert!(letter.text.contains(link));
        let href = "href=\"https://example.com/account/password/recovery?ticket=abc&amp;x=1\"";
        assert!(letter.html.contains(href), "{}", letter.html);
        assert!(letter.text.starts_with("Hello,\n"));
    }

    #[test]
    fn a_link_of_an_administrator_has_words_of_its_own() {
        let link = "https://example.com/account/password/recovery?ticket=abc";
        let letter = password_link(reader(Some("alice")), link);
        assert!(letter.text.contains(link) && letter.html.contains(link));
        assert!(letter.text.starts_with("Hello alice,\n"));
        assert_ne!(letter.subject, recovery(reader(None), link).subject);
        assert!(!letter.text.contains("mail-password"), "{}", letter.text);
    }

    #[test]
    fn names_are_no_html() {
        let letter = code(reader(Some("<img src=x onerror='alert(1)'>")), "012345");
        assert!(!letter.html.contains("<img"), "{}", letter.html);
    }
}
