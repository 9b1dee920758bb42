//! What a browser may do with a page: the one place that the headers of all pages come from.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

/// What a page needs beyond the common: nothing, for most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentPolicy {
    form_action: Vec<String>,
    /// Hosts of a captcha's scripts, styles, frames and requests.
    captcha: Vec<&'static str>,
    /// Whether a script of ours asks this server for more.
    asks: bool,
    /// Where a picture is, besides here.
    picture: Option<String>,
    /// Whose page may be shown within ours.
    framed: Option<String>,
}

impl ContentPolicy {
    /// Lets a form's answer lead to a client.
    ///
    /// Chrome holds `form-action` against every redirect that follows a form. What is sent to a
    /// client may go on from there to another host of its own, which nobody registers; so for http
    /// and https it is the scheme that is let through, and for an application its own scheme.
    #[must_use]
    pub fn leading_to(mut self, client: &Url) -> Self {
        match client.scheme() {
            "https" => self.form_action.push("https:".to_owned()),
            "http" => self
                .form_action
                .extend(["http:", "https:"].map(str::to_owned)),
            // The characters that a scheme may have cannot end the directive.
            other => self.form_action.push(format!("{other}:")),
        }
        self
    }

    #[must_use]
    pub fn with_captcha(mut self, hosts: &[&'static str]) -> Self {
        self.captcha.extend_from_slice(hosts);
        self
    }

    /// Lets a picture be loaded from where it is.
    #[must_use]
    pub fn showing(mut self, picture: &Url) -> Self {
        self.picture = Some(picture.origin().ascii_serialization());
        self
    }

    /// Lets a page of the operator's be shown within ours.
    #[must_use]
    pub fn framing(mut self, page: &Url) -> Self {
        self.framed = Some(page.origin().ascii_serialization());
        self
    }

    /// Lets the scripts of the account pages ask this server.
    #[must_use]
    pub const fn with_questions(mut self) -> Self {
        self.asks = true;
        self
    }

    /// As the header says it.
    pub fn to_header(&self) -> String {
        let captcha = listed(self.captcha.iter().copied());
        let forms = listed(self.form_action.iter().map(String::as_str));
        let pictures = listed(self.picture.iter().map(String::as_str));
        let mut policy = format!(
            "default-src 'none'; style-src 'self'{captcha}; img-src 'self' data:{pictures}; \
             script-src 'self'{captcha}; form-action 'self'{forms}; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        if !captcha.is_empty() {
            for directive in ["; frame-src", "; connect-src"] {
                policy.push_str(directive);
                policy.push_str(&captcha);
            }
        }
        if let Some(host) = &self.framed {
            policy.push_str("; frame-src ");
            policy.push_str(host);
        }
        if self.asks {
            policy.push_str("; connect-src 'self'");
        }
        policy
    }
}

/// Each behind a space.
fn listed<'a>(sources: impl Iterator<Item = &'a str>) -> String {
    sources.flat_map(|source| [" ", source]).collect()
}

/// Adds what an answer of the human router lacks. What a page set itself stays.
pub fn secure(headers: &mut HeaderMap) {
    const FIXED: [(HeaderName, &str); 4] = [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in FIXED {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        allow(headers, &ContentPolicy::default());
    }
}

/// Says what this page needs.
pub fn allow(headers: &mut HeaderMap, policy: &ContentPolicy) {
    match HeaderValue::from_str(&policy.to_header()) {
        Ok(value) => {
            headers.insert(header::CONTENT_SECURITY_POLICY, value);
        }
        Err(error) => tracing::error!(%error, "a content security policy is not a header value"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_pages_may_load_and_post_here_alone() {
        assert_eq!(
            ContentPolicy::default().to_header(),
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
    }

    #[test]
    fn the_account_pages_may_ask_this_server_and_hold_no_script_in_the_page() {
        let policy = ContentPolicy::default().with_questions().to_header();
        assert!(policy.ends_with("; connect-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe-inline"));
    }

    #[test]
    fn a_logo_may_come_from_its_own_host_and_nothing_else_may() {
        let logo = "https://cdn.example/a/logo.svg".parse().unwrap();
        let policy = ContentPolicy::default().showing(&logo).to_header();
        assert!(
            policy.contains("img-src 'self' data: https://cdn.example;"),
            "{policy}"
        );
    }

    #[test]
    fn a_form_may_lead_to_its_client() {
        let to = |uri: &str| {
            let policy = ContentPolicy::default().leading_to(&uri.parse().unwrap());
            policy.to_header()
        };
        assert!(to("https://app.example/cb").contains("form-action 'self' https:;"));
        assert!(to("http://localhost:1/").contains("form-action 'self' http: https:;"));
        assert!(to("com.example.app:/cb").contains("form-action 'self' com.example.app:;"));
    }

    #[test]
    fn a_page_keeps_what_it_set_itself() {
        let mut headers = HeaderMap::new();
        let policy = ContentPolicy::default().with_captcha(&["https://captcha.example"]);
        allow(&mut headers, &policy);
        secure(&mut headers);
        let csp = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(csp.contains("script-src 'self' https://captcha.example;"));
        assert!(csp.contains("frame-src https://captcha.example"));
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    }
}
