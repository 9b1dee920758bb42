use super::{Rules, Violation, uri::PlainUri};

/// What a client that wants to be known says of itself. What is absent has no rule, unless it must be
/// there.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientMetadata<'a> {
    pub client_uri: Option<&'a str>,
    pub tos_uri: Option<&'a str>,
    pub policy_uri: Option<&'a str>,
    pub logo_uri: Option<&'a str>,
    pub redirect_uris: Option<&'a [String]>,
    pub grant_types: Option<&'a [String]>,
    pub token_endpoint_auth_method: Option<&'a str>,
    pub application_type: Option<&'a str>,
}

impl ClientMetadata<'_> {
    fn has_grant(&self, grant: &str) -> bool {
        self.grant_types
            .is_some_and(|grants| grants.iter().any(|known| known == grant))
    }

    fn must_redirect(&self) -> bool {
        self.grant_types.is_none()
            || self.has_grant("authorization_code")
            || self.has_grant("implicit")
    }

    fn is_native(&self) -> bool {
        self.application_type == Some("native")
    }
}

impl Rules {
    /// Whether a client may register itself like this (contract oauth2.md 13.6). A violation speaks of
    /// `redirect_uri` exactly when those are at fault.
    #[must_use]
    pub fn client_registration(&self, client: &ClientMetadata<'_>) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut refuse = |msg: String| violations.push(Violation::new(msg));
        match client.client_uri {
            None if self.data.client_registration.allow_missing_client_uri => {}
            None => refuse("client_uri is missing".to_owned()),
            Some(uri) => {
                if let Some(fault) = self.fault_of_page(uri, None) {
                    refuse(format!("client_uri {fault}"));
                }
            }
        }
        let host = self.host_to_match(client);
        for (name, uri) in [
            ("tos_uri", client.tos_uri),
            ("policy_uri", client.policy_uri),
            ("logo_uri", client.logo_uri),
        ] {
            if let Some(fault) = uri.and_then(|uri| self.fault_of_page(uri, host)) {
                refuse(format!("{name} {fault}"));
            }
        }
        let public = client.token_endpoint_auth_method == Some("none");
        if public && client.has_grant("client_credentials") {
            refuse("a client without credentials cannot use client_credentials".to_owned());
        }
        // An empty list is let through, as existing servers do: such a client is sent nowhere.
        if client.redirect_uris.is_none() && client.must_redirect() {
            refuse("redirect_uris is missing".to_owned());
        }
        let uris = client.redirect_uris.unwrap_or_default();
        let faulty = uris
            .iter()
            .filter(|uri| !self.is_redirect_uri(uri, client, host));
        violations.extend(faulty.map(|uri| Violation {
            redirect_uri: Some(uri.clone()),
            ..Violation::new(format!("invalid redirect_uri: {uri}"))
        }));
        violations
    }

    /// The host that the client's other URIs have to be on, unless they may be anywhere.
    fn host_to_match<'a>(&self, client: &ClientMetadata<'a>) -> Option<&'a str> {
        let data = &self.data.client_registration;
        if data.allow_host_mismatch || data.allow_missing_client_uri {
            return None;
        }
        PlainUri::parse(client.client_uri?)?.host
    }

    /// What is wrong with the address of a page, if anything.
    fn fault_of_page(&self, uri: &str, host: Option<&str>) -> Option<&'static str> {
        let Some(uri) = PlainUri::parse(uri) else {
            return Some("is not a valid URI");
        };
        if !self.is_secure(&uri) {
            return Some("is not secure: it must be https, and not on this machine");
        }
        let elsewhere = host.is_some_and(|host| !is_on(&uri, host));
        elsewhere.then_some("is not on the host of client_uri")
    }

    fn is_secure(&self, uri: &PlainUri<'_>) -> bool {
        if self.data.client_registration.allow_insecure_uris {
            matches!(uri.scheme, "https" | "http")
        } else {
            uri.scheme == "https" && !uri.is_local()
        }
    }

    fn is_redirect_uri(&self, uri: &str, client: &ClientMetadata<'_>, host: Option<&str>) -> bool {
        let Some(uri) = PlainUri::parse(uri) else {
            return false;
        };
        let on_the_web =
            uri.host.is_some() && self.is_secure(&uri) && host.is_none_or(|host| is_on(&uri, host));
        on_the_web || (client.is_native() && is_native(&uri, host))
    }
}

/// On the host, or below it.
fn is_on(uri: &PlainUri<'_>, host: &str) -> bool {
    uri.host.is_some_and(|own| {
        own.strip_suffix(host)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// How a program on the user's machine is reached: over its own port, or by a scheme that only the
/// owner of the client's domain would choose (RFC 8252 section 7).
fn is_native(uri: &PlainUri<'_>, host: Option<&str>) -> bool {
    if uri.scheme == "http" {
        return uri.is_loopback();
    }
    let parts: Vec<&str> = uri.scheme.split('.').collect();
    let own = host.is_none_or(|host| {
        let reversed: Vec<&str> = host.rsplit('.').collect();
        parts.starts_with(&reversed)
    });
    uri.host.is_none() && parts.len() > 1 && own
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::tests::rules;

    /// A client of the web that is fine.
    fn client(uris: &[String]) -> ClientMetadata<'_> {
        ClientMetadata {
            client_uri: Some("https://example.com/"),
            redirect_uris: Some(uris),
            ..ClientMetadata::default()
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write the value where they call"
    )]
    fn check(data: Value, client: &ClientMetadata<'_>) -> Vec<String> {
        let data = json!({ "client_registration": data });
        let violations = rules(&data).client_registration(client);
        violations
            .into_iter()
            .map(|violation| violation.msg)
            .collect()
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn redirects(data: Value, native: bool, uri: &str) -> bool {
        let uris = strings(&[uri]);
        let client = ClientMetadata {
            application_type: Some(if native { "native" } else { "web" }),
            ..client(&uris)
        };
        let violations = check(data, &client);
        assert!(violations.iter().all(|msg| msg.contains("redirect_uri")));
        violations.is_empty()
    }

    #[test]
    fn a_web_client_redirects_to_its_own_host_by_https() {
        for uri in [
            "https://example.com/cb",
            "https://app.example.com/",
            "https://example.com:1/?x=y",
        ] {
            assert!(redirects(json!({}), false, uri), "{uri}");
        }
        for uri in [
            "http://example.com/cb",
            "https://example.org/",
            "https://notexample.com/",
            "http://localhost/",
            "https://localhost/",
            "com.example.app:/cb",
            "https:/cb",
            "https://example.com/#x",
            "https://user@example.com/",
            "https://EXAMPLE.com/",
            "nonsense",
        ] {
            assert!(!redirects(json!({}), false, uri), "{uri}");
        }
    }

    #[test]
    fn a_native_client_redirects_to_this_machine_or_a_scheme_of_its_own() {
        for uri in [
            "https://example.com/cb",
            "http://localhost/",
            "http://localhost:1234/cb",
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "com.example.app:/cb",
            "com.example:/cb",
        ] {
            assert!(redirects(json!({}), true, uri), "{uri}");
        }
        for uri in [
            "http://example.com/",
            "https://localhost/",
            "http://0.0.0.0/",
            "org.example.app:/cb",
            "com:/cb",
            "com.example.app://host/cb",
            "com.examples:/cb",
            "javascript:x",
        ] {
            assert!(!redirects(json!({}), true, uri), "{uri}");
        }
    }

    #[test]
    fn rules_can_be_waived() {
        let insecure = json!({"allow_insecure_uris": true});
        assert!(redirects(insecure.clone(), false, "http://example.com/"));
        assert!(!redirects(insecure, false, "http://example.org/"));
        let anywhere = json!({"allow_host_mismatch": true});
        assert!(redirects(anywhere.clone(), false, "https://example.org/"));
        assert!(redirects(anywhere.clone(), true, "org.example:/cb"));
        assert!(!redirects(anywhere.clone(), true, "javascript:x"));
        assert!(!redirects(anywhere, false, "http://example.org/"));
        // Hosts are not compared then, even where there is one to compare with.
        assert!(redirects(
            json!({"allow_missing_client_uri": true}),
            false,
            "https://example.org/"
        ));
    }

    #[test]
    fn the_client_has_a_home_unless_it_need_not() {
        let uris = strings(&["https://example.com/"]);
        let homeless = ClientMetadata {
            client_uri: None,
            ..client(&uris)
        };
        assert_eq!(check(json!({}), &homeless), ["client_uri is missing"]);
        assert!(check(json!({"allow_missing_client_uri": true}), &homeless).is_empty());
        for uri in [
            "http://example.com/",
            "https://localhost/",
            "https://[::1]/",
            "x",
        ] {
            let client = ClientMetadata {
                client_uri: Some(uri),
                redirect_uris: None,
                grant_types: Some(&[]),
                ..ClientMetadata::default()
            };
            let violations = check(json!({}), &client);
            assert_eq!(violations.len(), 1, "{uri}");
            assert!(violations[0].starts_with("client_uri "), "{violations:?}");
            assert!(!violations[0].contains("redirect_uri"));
        }
    }

    #[test]
    fn other_pages_are_on_the_same_host_and_secure() {
        let uris = strings(&["https://example.com/"]);
        let client = ClientMetadata {
            tos_uri: Some("https://example.com/tos"),
            policy_uri: Some("http://example.com/policy"),
            logo_uri: Some("https://cdn.example.org/logo.png"),
            ..client(&uris)
        };
        let violations = check(json!({}), &client);
        assert_eq!(violations.len(), 2);
        assert!(violations[0].starts_with("policy_uri is not secure"));
        assert_eq!(violations[1], "logo_uri is not on the host of client_uri");
        let waived = json!({"allow_insecure_uris": true, "allow_host_mismatch": true});
        assert!(check(waived, &client).is_empty());
    }

    #[test]
    fn redirect_uris_are_there_where_they_are_used() {
        let none = client(&[]);
        let grants = |grants| ClientMetadata {
            grant_types: Some(grants),
            redirect_uris: None,
            ..none
        };
        let code = strings(&["authorization_code"]);
        let device = strings(&["urn:ietf:params:oauth:grant-type:device_code"]);
        assert!(check(json!({}), &none).is_empty());
        assert_eq!(
            check(json!({}), &grants(&code)),
            ["redirect_uris is missing"]
        );
        assert!(check(json!({}), &grants(&device)).is_empty());
    }

    #[test]
    fn a_public_client_cannot_act_for_itself() {
        let grants = strings(&["client_credentials"]);
        let with = |method| ClientMetadata {
            grant_types: Some(&grants),
            token_endpoint_auth_method: method,
            ..client(&[])
        };
        assert_eq!(check(json!({}), &with(Some("none"))).len(), 1);
        assert!(check(json!({}), &with(None)).is_empty());
        assert!(check(json!({}), &with(Some("client_secret_post"))).is_empty());
    }
}
