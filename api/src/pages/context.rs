//! What every page needs besides its own matter.

use std::{
    borrow::Borrow,
    fmt::{self, Display},
    sync::Arc,
};

use poem::Request;
use sha2::{Digest, Sha256};
use url::Url;

use super::{assets, bundle::Bundle};
use crate::{
    color::Color,
    http::CorrelationId,
    locale::{Args, Locale, Value, text},
    site::Site,
};

/// The request's language, the deployment's names and links, the CSRF token. Cheap to clone.
#[derive(Clone)]
pub struct PageContext {
    pub locale: Locale,
    pub brand: Arc<Brand>,
    /// The form field's value. Empty where a page has no form.
    pub csrf: String,
    /// Shown on error pages: whoever has it finds the log's line.
    pub request_id: String,
    /// Where the account pages take over from this one.
    pub bundle: Option<&'static Bundle>,
}

/// How this deployment presents itself.
#[derive(Debug)]
pub struct Brand {
    /// `branding.service_name`, or else the homeserver's name.
    pub name: String,
    pub policy_uri: Option<Url>,
    pub tos_uri: Option<Url>,
    pub imprint: Option<String>,
    pub logo_uri: Option<Url>,
    /// A stylesheet of the deployment's colours.
    pub styles: Option<String>,
    /// The path of `http.public_base` without a slash at its end: before every link.
    pub base: String,
}

impl Brand {
    pub fn of(site: &Site) -> Self {
        let name = site.service_name.as_ref().filter(|name| !name.is_empty());
        Self {
            name: name.unwrap_or(&site.server_name).clone(),
            policy_uri: site.policy_uri.clone(),
            tos_uri: site.tos_uri.clone(),
            imprint: site.imprint.clone().filter(|text| !text.is_empty()),
            logo_uri: site.logo_uri.clone(),
            styles: styles(site),
            base: site.public_base.path().trim_end_matches('/').to_owned(),
        }
    }

    /// Where the stylesheet is; another content is another address.
    pub fn styles_path(&self) -> Option<String> {
        let hash = Sha256::digest(self.styles.as_ref()?);
        Some(format!("/brand.css?v={}", hex::encode(&hash[..8])))
    }

    /// What stands in the mark beside the name.
    pub fn initial(&self) -> String {
        self.name
            .chars()
            .find(|c| c.is_alphanumeric())
            .map(|c| c.to_uppercase().collect())
            .unwrap_or_default()
    }
}

/// The properties of `site.css` that follow from the deployment's colours.
fn styles(site: &Site) -> Option<String> {
    let schemes = [
        ("light", site.accent, Color::WHITE, Color::BLACK),
        ("dark", site.accent_dark, Color::DARK, Color::WHITE),
    ];
    let styles: String = schemes
        .iter()
        .filter_map(|(scheme, accent, ground, strong)| {
            let accent = (*accent)?;
            let soft = ground.mixed(accent, 8);
            let strong = accent.mixed(*strong, 20);
            Some(format!(
                "@media (prefers-color-scheme: {scheme}) {{:root {{--accent: {accent}; \
                 --accent-strong: {strong}; --accent-soft: {soft}; --on-accent: {ground}}}}}\n"
            ))
        })
        .collect();
    Some(styles).filter(|styles| !styles.is_empty())
}

impl PageContext {
    pub fn new(locale: Locale, brand: &Arc<Brand>, request_id: String) -> Self {
        Self {
            locale,
            brand: brand.clone(),
            csrf: String::new(),
            request_id,
            bundle: None,
        }
    }

    /// For this request. Pages with a form also need [`Self::with_csrf`].
    pub fn of(request: &Request, brand: &Arc<Brand>) -> Self {
        let id = request.extensions().get::<CorrelationId>();
        let id = id.map(|id| id.0.to_string()).unwrap_or_default();
        Self::new(Locale::of(request.headers()), brand, id)
    }

    #[must_use]
    pub fn with_csrf(self, csrf: impl Into<String>) -> Self {
        let csrf = csrf.into();
        Self { csrf, ..self }
    }

    /// For a page that the account pages take over where scripts run, if this server has them.
    #[must_use]
    pub fn with_account_pages(self) -> Self {
        let bundle = Bundle::built();
        Self { bundle, ..self }
    }

    /// A link to a path of this server, which starts with a slash.
    pub fn href(&self, path: impl Display) -> String {
        format!("{}{path}", self.brand.base)
    }

    /// A link to a file under `/assets/`, by its name in the source.
    pub fn asset(&self, name: &str) -> String {
        self.href(assets::path(name))
    }

    pub fn lang(&self) -> &'static str {
        self.locale.tag()
    }

    /// A text.
    pub fn t(&self, key: &str) -> String {
        self.text(key, &[])
    }

    /// A text with one placeholder.
    pub fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        self.text(key, &[(name, Value::from(value.to_string()))])
    }

    /// A text that depends on a number.
    pub fn tn(&self, key: &str, name: &str, number: impl Borrow<u64>) -> String {
        self.text(key, &[(name, Value::from(*number.borrow()))])
    }

    pub fn text(&self, key: &str, args: Args<'_>) -> String {
        text(self.locale, key, args)
    }
}

/// Without the token.
impl fmt::Debug for PageContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageContext")
            .field("locale", &self.locale)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
