//! What a client asks for (contract oauth2.md 5.1 to 5.5).

use muniment_domain::Scope;

use crate::{
    auth::{
        Client,
        clients::{AUTHORIZATION_CODE, AuthMethod},
    },
    oauth::{form::Form, token::pkce},
};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is not even a request: the person learns it.
    Here,
    /// The client learns it.
    Told(Told),
}

/// What a client is told (RFC 6749 section 4.1.2.1, `OpenID` Connect Core section 3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    RequestNotSupported,
    RequestUriNotSupported,
    UnsupportedResponseType,
    UnauthorizedClient,
    RegistrationNotSupported,
    LoginRequired,
    InvalidRequest(&'static str),
}

impl Told {
    pub const fn code(self) -> &'static str {
        match self {
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::LoginRequired => "login_required",
            Self::InvalidRequest(_) => "invalid_request",
        }
    }

    pub const fn description(self) -> &'static str {
        match self {
            Self::RequestNotSupported => "The request parameter is not supported.",
            Self::RequestUriNotSupported => "The request_uri parameter is not supported.",
            Self::UnsupportedResponseType => "This response_type is not supported.",
            Self::UnauthorizedClient => "The client may not ask for this response_type.",
            Self::RegistrationNotSupported => "The registration parameter is not supported.",
            Self::LoginRequired => "The Authorization Server requires End-User authentication.",
            Self::InvalidRequest(reason) => reason,
        }
    }
}

/// A request that can be put before the person.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    pub scope: Scope,
    /// The code challenge and its method.
    pub challenge: Option<(String, String)>,
    /// `prompt=create`
    pub wants_account: bool,
}

impl Asked {
    /// Refusals are looked for in the contract's order. Other prompts and hints
    /// (contract oauth2.md 5.2) change nothing.
    pub fn read(form: &Form, client: &Client, require_pkce: bool) -> Result<Self, Refused> {
        let told = |error| Err(Refused::Told(error));
        let scope: Scope = form
            .get("scope")
            .and_then(|scope| scope.parse().ok())
            .ok_or(Refused::Here)?;
        if let Some(age) = form.get("max_age")
            && !age.parse::<u32>().is_ok_and(|age| age > 0)
        {
            return Err(Refused::Here);
        }
        let kinds: Vec<&str> = form
            .get("response_type")
            .unwrap_or_default()
            .split(' ')
            .collect();
        let has = |kind| kinds.contains(&kind);
        if form.get("request").is_some() {
            return told(Told::RequestNotSupported);
        }
        if form.get("request_uri").is_some() {
            return told(Told::RequestUriNotSupported);
        }
        if has("token") {
            return told(Told::UnsupportedResponseType);
        }
        // No client can register the implicit grant.
        if has("id_token") {
            return told(Told::UnauthorizedClient);
        }
        if form.get("registration").is_some() {
            return told(Told::RegistrationNotSupported);
        }
        let prompts: Vec<&str> = form.get("prompt").unwrap_or_default().split(' ').collect();
        if prompts.contains(&"none") {
            return told(Told::LoginRequired);
        }
        if has("code") && !client.may_use(AUTHORIZATION_CODE) {
            return told(Told::UnauthorizedClient);
        }
        let proof = form
            .get("code_challenge")
            .or(form.get("code_challenge_method"));
        if !has("code") && proof.is_some() {
            return told(Told::InvalidRequest(
                "PKCE goes with response_type=code alone",
            ));
        }
        if kinds != ["code"] {
            return told(Told::UnsupportedResponseType);
        }
        Ok(Self {
            scope,
            challenge: challenge(form, client, require_pkce)?,
            wants_account: prompts.contains(&"create"),
        })
    }
}

/// One without the other counts as neither. A client that cannot keep a secret has to bind its code
/// to itself, unless that is switched off.
fn challenge(
    form: &Form,
    client: &Client,
    require_pkce: bool,
) -> Result<Option<(String, String)>, Refused> {
    let told = |reason| Err(Refused::Told(Told::InvalidRequest(reason)));
    let challenge = form
        .get("code_challenge")
        .zip(form.get("code_challenge_method"));
    if let Some((challenge, method)) = challenge {
        if !matches!(method, "S256" | "plain") {
            return told("This code_challenge_method is not supported.");
        }
        if !pkce::is_well_formed(challenge) {
            return told("The code_challenge is not well-formed.");
        }
    }
    let is_bound = challenge.is_some_and(|(_, method)| method == "S256");
    if require_pkce && client.auth_method == Some(AuthMethod::None) && !is_bound {
        return told("This client has to use PKCE with code_challenge_method=S256.");
    }
    Ok(challenge.map(|(challenge, method)| (challenge.to_owned(), method.to_owned())))
}

#[cfg(test)]
mod tests {
    use muniment_domain::{ClientId, ClientMetadata};

    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(method: AuthMethod, pairs: &[(&str, &str)]) -> Result<Asked, Refused> {
        let client =
            Client::configured(ClientId::default(), method, None, ClientMetadata::default());
        Asked::read(&Form::of_pairs(pairs), &client, true)
    }

    fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        let mut pairs = vec![("response_type", "code"), ("scope", "openid")];
        for pair in more {
            pairs.retain(|(name, _)| *name != pair.0);
            pairs.push(*pair);
        }
        pairs
    }

    fn told(method: AuthMethod, more: &[(&'static str, &'static str)]) -> &'static str {
        match read(method, &with(more)) {
            Err(Refused::Told(error)) => error.code(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_client_with_a_secret_needs_no_more() {
        let asked = read(AuthMethod::SecretBasic, &with(&[])).unwrap();
        assert_eq!(asked.challenge, None);
        assert!(!asked.wants_account);
    }

    #[test]
    fn a_client_without_a_secret_binds_its_code_to_itself() {
        let none = AuthMethod::None;
        assert_eq!(told(none, &[]), "invalid_request");
        let plain = [
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "plain"),
        ];
        assert_eq!(told(none, &plain), "invalid_request");
        let s256 = [
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let asked = read(none, &with(&s256)).unwrap();
        assert_eq!(
            asked.challenge,
            Some((CHALLENGE.to_owned(), "S256".to_owned()))
        );
    }

    #[test]
    fn a_challenge_has_to_be_one() {
        let post = AuthMethod::SecretPost;
        let odd = [
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S512"),
        ];
        assert_eq!(told(post, &odd), "invalid_request");
        let short = [
            ("code_challenge", "short"),
            ("code_challenge_method", "S256"),
        ];
        assert_eq!(told(post, &short), "invalid_request");
        let half = read(post, &with(&[("code_challenge", CHALLENGE)])).unwrap();
        assert_eq!(half.challenge, None);
    }

    #[test]
    fn what_is_not_served_is_told_in_order() {
        let post = AuthMethod::SecretPost;
        for (pair, code) in [
            (("request", "x"), "request_not_supported"),
            (("request_uri", "x"), "request_uri_not_supported"),
            (("response_type", "code token"), "unsupported_response_type"),
            (("response_type", "id_token"), "unauthorized_client"),
            (("response_type", "none"), "unsupported_response_type"),
            (("response_type", "strange"), "unsupported_response_type"),
            (("registration", "{}"), "registration_not_supported"),
            (("prompt", "login none"), "login_required"),
        ] {
            assert_eq!(told(post, &[pair]), code, "{pair:?}");
        }
    }

    #[test]
    fn without_a_scope_it_is_no_request() {
        for scope in ["", "a  b"] {
            let found = read(AuthMethod::SecretPost, &with(&[("scope", scope)]));
            assert_eq!(found, Err(Refused::Here));
        }
        let found = read(AuthMethod::SecretPost, &with(&[("max_age", "-1")]));
        assert_eq!(found, Err(Refused::Here));
    }
}
