//! Whether what a client says of itself makes sense (contract oauth2.md 10.5 and 10.6). The first
//! failure is told.

use url::Url;

use super::metadata::Metadata;
use crate::{
    auth::clients::{AUTHORIZATION_CODE, AuthMethod},
    oauth::error::OauthError,
    policy::public_suffix::is_public_suffix,
    signing::{Algorithm, JwkSet},
};

pub fn check(metadata: &Metadata) -> Result<(), OauthError> {
    check_redirect_uris(metadata)?;
    check_structure(metadata).map_err(OauthError::InvalidClientMetadata)?;
    check_hosts(metadata)
}

fn redirect_uris(metadata: &Metadata) -> impl Iterator<Item = Url> {
    let uris = metadata.redirect_uris.iter().flatten();
    uris.filter_map(|uri| uri.parse().ok())
}

fn check_redirect_uris(metadata: &Metadata) -> Result<(), OauthError> {
    let redirects = metadata.uses_grant(AUTHORIZATION_CODE) || metadata.uses_grant("implicit");
    if redirects && metadata.redirect_uris.is_none() {
        return Err(OauthError::InvalidRedirectUri);
    }
    if redirect_uris(metadata).any(|uri| uri.fragment().is_some()) {
        return Err(OauthError::InvalidRedirectUri);
    }
    Ok(())
}

fn check_structure(metadata: &Metadata) -> Result<(), String> {
    let response_types = response_types(metadata);
    for response_type in &response_types {
        check_response_type(metadata, response_type)?;
    }
    let has_jwks_uri = metadata.text("jwks_uri").is_some();
    if metadata.jwks().is_some() && has_jwks_uri {
        return Err("jwks and jwks_uri are both there".to_owned());
    }
    if metadata
        .jwks()
        .is_some_and(|keys| JwkSet::from_value(keys).is_none())
    {
        return Err("jwks is not a set of keys".to_owned());
    }
    for name in ["sector_identifier_uri", "initiate_login_uri"] {
        if metadata
            .text(name)
            .is_some_and(|uri| !uri.starts_with("https:"))
        {
            return Err(format!("{name} is not https"));
        }
    }
    let method = metadata.text("token_endpoint_auth_method");
    let method = match method.map(|name| (name, AuthMethod::from_name(name))) {
        None => AuthMethod::SecretBasic,
        Some((_, Some(method))) => method,
        Some((name, None)) => return Err(format!("{name} is not a way to authenticate")),
    };
    if method == AuthMethod::PrivateKeyJwt && metadata.jwks().is_none() && !has_jwks_uri {
        return Err("private_key_jwt needs jwks or jwks_uri".to_owned());
    }
    let signs = matches!(method, AuthMethod::SecretJwt | AuthMethod::PrivateKeyJwt);
    match metadata.text("token_endpoint_auth_signing_alg") {
        None if signs => return Err("token_endpoint_auth_signing_alg is missing".to_owned()),
        Some(name) if name.parse::<Algorithm>().is_err() => {
            return Err(format!("assertions are not signed with {name}"));
        }
        None | Some(_) => {}
    }
    let gives_id_token = response_types.iter().any(|kind| has(kind, "id_token"));
    if gives_id_token && metadata.text("id_token_signed_response_alg") == Some("none") {
        return Err("ID tokens are signed".to_owned());
    }
    for name in [
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
    ] {
        let wished = metadata.text(name).filter(|wished| *wished != "none");
        if let Some(wished) = wished
            && !wished.parse::<Algorithm>().is_ok_and(is_ours)
        {
            return Err(format!("nothing is signed with {wished} here"));
        }
    }
    for name in [
        "id_token_encrypted_response",
        "userinfo_encrypted_response",
        "request_object_encryption",
        "introspection_encrypted_response",
    ] {
        let given = |end: &str| metadata.text(&format!("{name}_{end}")).is_some();
        if given("enc") && !given("alg") {
            return Err(format!("{name}_enc is there, but {name}_alg is not"));
        }
    }
    Ok(())
}

/// Signed with a key of this server, not with a secret that the client shares.
fn is_ours(algorithm: Algorithm) -> bool {
    !matches!(
        algorithm,
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512
    )
}

/// The default is `code`, where there is a grant that it goes with.
fn response_types(metadata: &Metadata) -> Vec<String> {
    let redirects = metadata.uses_grant(AUTHORIZATION_CODE) || metadata.uses_grant("implicit");
    match &metadata.response_types {
        Some(kinds) => kinds.clone(),
        None if redirects => vec!["code".to_owned()],
        None => Vec::new(),
    }
}

fn has(response_type: &str, kind: &str) -> bool {
    response_type.split(' ').any(|part| part == kind)
}

fn check_response_type(metadata: &Metadata, response_type: &str) -> Result<(), String> {
    let known = |part: &str| matches!(part, "code" | "id_token" | "token" | "none");
    if !response_type.split(' ').all(known) {
        return Err(format!("{response_type} is not a response type"));
    }
    let code = has(response_type, "code");
    let in_front = has(response_type, "id_token") || has(response_type, "token");
    let coherent = (!code || metadata.uses_grant(AUTHORIZATION_CODE))
        && (!in_front || metadata.uses_grant("implicit"));
    if coherent {
        Ok(())
    } else {
        Err(format!(
            "the response type {response_type} does not go with the grant types"
        ))
    }
}

/// Nobody in particular stands behind a public suffix.
fn check_hosts(metadata: &Metadata) -> Result<(), OauthError> {
    for name in [
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "initiate_login_uri",
    ] {
        if metadata.urls(name).iter().any(is_public_suffix) {
            return Err(OauthError::InvalidClientMetadata(format!(
                "{name} is not using a valid domain"
            )));
        }
    }
    if redirect_uris(metadata).any(|uri| is_public_suffix(&uri)) {
        return Err(OauthError::RefusedRedirectUri(
            "redirect_uri is not using a valid domain".to_owned(),
        ));
    }
    Ok(())
}
