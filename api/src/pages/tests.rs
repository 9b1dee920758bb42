//! Over all pages of the gallery, in every language.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc};

use html5ever::{
    Attribute, QualName,
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{
        Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind,
    },
};
use poem::http::header;

use super::{Brand, gallery};
use crate::locale::Locale;

pub fn brand() -> Arc<Brand> {
    gallery::brand(true)
}

/// An element as it was written.
#[derive(Debug, Clone)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A page, taken apart by a tokenizer that reports what a browser would silently mend.
#[derive(Default)]
struct Page {
    elements: RefCell<Vec<Element>>,
    open: RefCell<Vec<String>>,
    faults: RefCell<Vec<String>>,
    text: RefCell<String>,
}

const VOID: [&str; 5] = ["meta", "link", "input", "br", "img"];

impl TokenSink for Page {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => return self.tag(&tag),
            Token::CharacterTokens(text) => self.text.borrow_mut().push_str(&text),
            Token::ParseError(fault) => self.faults.borrow_mut().push(fault.into_owned()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    fn parse(html: &str) -> Self {
        let options = TokenizerOpts {
            exact_errors: true,
            ..TokenizerOpts::default()
        };
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        let tokenizer = Tokenizer::new(Self::default(), options);
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink
    }

    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        let mut open = self.open.borrow_mut();
        if tag.kind == TagKind::EndTag {
            let last = open.pop();
            if last.as_ref() != Some(&name) {
                let fault = format!("</{name}> closes {last:?}");
                self.faults.borrow_mut().push(fault);
            }
            return TokenSinkResult::Continue;
        }
        let owned = |attribute: &Attribute| {
            let QualName { local, .. } = &attribute.name;
            (local.to_string(), attribute.value.to_string())
        };
        self.elements.borrow_mut().push(Element {
            name: name.clone(),
            attributes: tag.attrs.iter().map(owned).collect(),
        });
        let raw = name == "title";
        if !VOID.contains(&&*name) {
            open.push(name);
        }
        if raw {
            TokenSinkResult::RawData(RawKind::Rcdata)
        } else {
            TokenSinkResult::Continue
        }
    }

    fn all(&self, name: &str) -> Vec<Element> {
        let elements = self.elements.borrow();
        let named = elements.iter().filter(|element| element.name == name);
        named.cloned().collect()
    }
}

/// Gives each page of the gallery, by its name.
async fn each(mut check: impl FnMut(&str, &str, &Page)) {
    for locale in Locale::ALL {
        for shown in gallery::all(locale) {
            let html = shown.response.into_body().into_string().await.unwrap();
            check(&shown.name, &html, &Page::parse(&html));
        }
    }
}

#[tokio::test]
async fn every_page_is_well_formed() {
    each(|name, _, page| {
        assert!(page.faults.borrow().is_empty(), "{name}: {:?}", page.faults);
        assert!(page.open.borrow().is_empty(), "{name}: {:?}", page.open);
    })
    .await;
}

#[tokio::test]
async fn every_page_has_one_heading_its_landmarks_and_its_language() {
    each(|name, _, page| {
        for element in ["h1", "main", "header", "footer", "title"] {
            assert_eq!(page.all(element).len(), 1, "{name}: {element}");
        }
        let language = name.rsplit('.').next();
        assert_eq!(page.all("html")[0].get("lang"), language, "{name}");
    })
    .await;
}

#[tokio::test]
async fn every_input_has_a_label_and_every_id_is_there_once() {
    each(|name, _, page| {
        let mut ids = BTreeSet::new();
        for element in page.elements.borrow().iter() {
            if let Some(id) = element.get("id") {
                assert!(ids.insert(id.to_owned()), "{name}: {id} is there twice");
            }
        }
        let labels = page.all("label");
        for input in page.all("input") {
            if input.get("type") == Some("hidden") || input.get("hidden").is_some() {
                continue;
            }
            let id = input.get("id");
            assert!(
                labels.iter().any(|label| label.get("for") == id),
                "{name}: {input:?}"
            );
            for described in input.get("aria-describedby").unwrap_or_default().split(' ') {
                assert!(
                    described.is_empty() || ids.contains(described),
                    "{name}: {described}"
                );
            }
        }
        for link in page.all("a") {
            if let Some(id) = link.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(id), "{name}: #{id}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_inline_and_hostile_values_stay_text() {
    each(|name, _, page| {
        assert!(page.all("style").is_empty(), "{name}");
        for element in page.elements.borrow().iter() {
            for (key, value) in &element.attributes {
                assert!(
                    key != "style" && !key.starts_with("on"),
                    "{name}: {element:?}"
                );
                assert!(!value.starts_with("javascript:"), "{name}: {element:?}");
            }
        }
        for script in page.all("script") {
            assert!(script.get("src").is_some(), "{name}: a script of its own");
        }
        if name.contains(".hostile.") && name.starts_with("consent") {
            assert!(page.text.borrow().contains(gallery::HOSTILE), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_form_of_ours_carries_the_token_as_it_is_looked_for() {
    let field = "<input type=\"hidden\" name=\"csrf\" value=\"c3JmLXRva2Vu\">";
    each(|name, html, page| {
        let relay = name.starts_with("form-post") || name.starts_with("repost");
        let forms = page.all("form");
        let expected = if relay { 0 } else { forms.len() };
        assert_eq!(html.matches(field).count(), expected, "{name}");
        for form in forms {
            assert_eq!(form.get("method"), Some("post"), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_fields_have_the_names_that_the_handlers_read() {
    let expected = [
        ("login.", "csrf username password"),
        (
            "register-password.",
            "csrf username email password password_confirm accept_terms",
        ),
        ("register-token.", "csrf token"),
        ("register-verify-email.", "csrf code"),
        (
            "register-display-name.",
            "csrf display_name action=set action=skip",
        ),
        ("recovery-start.", "csrf email"),
        ("recovery-progress.", "csrf"),
        ("consent.", "csrf kind id csrf action=consent"),
        ("device-link.", "csrf code"),
        (
            "device-consent.",
            "csrf kind id csrf confirm_device action=consent action=reject",
        ),
        ("inactive-locked.", "csrf kind action"),
        ("compat-sso.", "csrf kind id csrf"),
        (
            "upstream-register.",
            "csrf action username import_email import_display_name accept_terms",
        ),
        ("upstream-suggest-link.", "csrf action=link csrf kind id"),
        ("home-signed-in.", "csrf"),
        ("form-post.", "state submit"),
    ];
    let seen = Rc::new(RefCell::new(BTreeSet::new()));
    let noted = seen.clone();
    each(move |name, _, page| {
        let Some((page_name, names)) = expected.iter().find(|(page, _)| name.starts_with(page))
        else {
            return;
        };
        noted.borrow_mut().insert(*page_name);
        let found: Vec<String> = page
            .elements
            .borrow()
            .iter()
            .filter_map(|element| match (&*element.name, element.get("name")?) {
                ("input", field) => Some(field.to_owned()),
                ("button", field) => Some(format!("{field}={}", element.get("value")?)),
                _ => None,
            })
            .collect();
        // Terms are asked for where there are terms.
        let names = if name.contains(".plain.") {
            names.replace(" accept_terms", "")
        } else {
            (*names).to_owned()
        };
        assert_eq!(found.join(" "), names, "{name}");
    })
    .await;
    assert_eq!(seen.borrow().len(), expected.len());
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_says_what_is_wrong() {
    each(|name, html, page| {
        assert!(!html.contains("typed-password"), "{name}");
        if !name.starts_with("register-password.problems") {
            return;
        }
        let inputs = page.all("input");
        let field = |wanted| {
            inputs
                .iter()
                .find(|input| input.get("id") == Some(wanted))
                .unwrap()
        };
        assert_eq!(field("username").get("value"), Some("Alice"));
        for wanted in [
            "username",
            "email",
            "password",
            "password_confirm",
            "accept_terms",
        ] {
            let field = field(wanted);
            assert_eq!(field.get("aria-invalid"), Some("true"), "{wanted}");
            let described = field.get("aria-describedby").unwrap();
            assert!(described.contains(&format!("{wanted}-error")), "{wanted}");
            assert!(html.contains(&format!("href=\"#{wanted}\"")), "{wanted}");
        }
        let summary = page
            .all("div")
            .into_iter()
            .find(|div| div.get("role") == Some("alert"));
        assert!(summary.unwrap().get("autofocus").is_some());
        assert!(html.contains("<title>Problem:"));
    })
    .await;
}

#[tokio::test]
async fn every_link_stays_under_the_public_base() {
    each(|name, _, page| {
        if name.contains(".plain.") {
            return;
        }
        for element in page.elements.borrow().iter() {
            for key in ["href", "action", "src"] {
                let Some(value) = element.get(key) else {
                    continue;
                };
                let ours = value.starts_with("/auth/");
                let elsewhere = value.starts_with("https://") || value.starts_with('#');
                assert!(ours || elsewhere, "{name}: {value}");
            }
        }
    })
    .await;
}

#[test]
fn every_page_says_who_may_keep_and_frame_it() {
    for locale in Locale::ALL {
        for shown in gallery::all(locale) {
            let headers = shown.response.headers();
            let get = |name| headers.get(name).and_then(|value| value.to_str().ok());
            let name = &shown.name;
            assert_eq!(get(header::CACHE_CONTROL), Some("no-store"), "{name}");
            assert_eq!(get(header::X_FRAME_OPTIONS), Some("DENY"), "{name}");
            assert_eq!(get(header::CONTENT_LANGUAGE), Some(locale.tag()), "{name}");
            let vary = get(header::VARY).unwrap();
            assert!(vary.contains("Accept-Language"), "{name}");
            let policy = get(header::CONTENT_SECURITY_POLICY).unwrap();
            assert!(!policy.contains("unsafe"), "{name}");
            let captcha = ["recaptcha", "turnstile", "hcaptcha"];
            let asks = captcha.iter().any(|service| name.contains(service));
            assert_eq!(policy.contains("frame-src"), asks, "{name}");
        }
    }
}

/// Not a test of its own: writes the pages where `PAGES_DIR` says, for a look in a browser.
#[tokio::test]
async fn the_gallery_can_be_written_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = std::env::var_os("PAGES_DIR").map(std::path::PathBuf::from);
    let target = wanted.unwrap_or_else(|| folder.path().to_owned());
    let mut written = 0;
    for locale in Locale::ALL {
        for shown in gallery::all(locale) {
            let policy = &shown.response.headers()[header::CONTENT_SECURITY_POLICY];
            std::fs::write(target.join(format!("{}.csp", shown.name)), policy).unwrap();
            let html = shown.response.into_body().into_vec().await.unwrap();
            std::fs::write(target.join(format!("{}.html", shown.name)), html).unwrap();
            written += 1;
        }
    }
    assert!(written > 100);
}
