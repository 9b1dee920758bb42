//! The provider's metadata (`OpenID` Connect Discovery 1.0, RFC 8414; contract oauth2.md 3.1).

use std::sync::Arc;

use poem::{
    handler,
    web::{Data, Json},
};
use serde_json::{Value, json};
use url::Url;

use crate::{
    app::App,
    auth::clients::{
        AUTHORIZATION_CODE, AuthMethod, CLIENT_CREDENTIALS, DEVICE_CODE, REFRESH_TOKEN,
    },
    signing::Algorithm,
};

/// What clients may sign assertions with.
const AUTH_ALGORITHMS: [Algorithm; 12] = [
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es256k,
];

/// What a client may send a user to the account pages for.
const ACCOUNT_ACTIONS: [&str; 8] = [
    "org.matrix.profile",
    "org.matrix.devices_list",
    "org.matrix.device_view",
    "org.matrix.device_delete",
    "org.matrix.cross_signing_reset",
    "org.matrix.sessions_list",
    "org.matrix.session_view",
    "org.matrix.session_end",
];

#[handler]
pub fn metadata(Data(app): Data<&Arc<App>>) -> Json<Value> {
    Json(described(&Offer {
        base: &app.site.public_base,
        issuer: &app.site.issuer,
        device_grant: app.oauth.device_code_grant_enabled,
        registration: app.site.password_registration_enabled,
        signing: app.signing.get().algorithms(),
    }))
}

/// What differs between deployments.
struct Offer<'a> {
    base: &'a Url,
    issuer: &'a Url,
    device_grant: bool,
    registration: bool,
    signing: Vec<Algorithm>,
}

fn described(offer: &Offer<'_>) -> Value {
    let endpoint = |path: &str| format!("{}{path}", offer.base);
    let methods = AuthMethod::ALL.map(AuthMethod::name);
    let algorithms = AUTH_ALGORITHMS.map(Algorithm::name);
    let mut signing: Vec<&str> = offer.signing.iter().map(|known| known.name()).collect();
    signing.sort_unstable();
    let mut grants = vec![AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS];
    let mut prompts = vec!["login"];
    if offer.device_grant {
        grants.push(DEVICE_CODE);
    }
    if offer.registration {
        prompts.push("create");
    }
    let mut document = json!({
        "issuer": offer.issuer,
        "authorization_endpoint": endpoint("authorize"),
        "token_endpoint": endpoint("oauth2/token"),
        "jwks_uri": endpoint("oauth2/keys.json"),
        "registration_endpoint": endpoint("oauth2/registration"),
        "scopes_supported": ["openid", "email"],
        "response_types_supported": ["code", "id_token", "code id_token"],
        "response_modes_supported": ["form_post", "query", "fragment"],
        "grant_types_supported": grants,
        "code_challenge_methods_supported": ["plain", "S256"],
        "userinfo_endpoint": endpoint("oauth2/userinfo"),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": signing,
        "userinfo_signing_alg_values_supported": signing,
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "iss", "sub", "aud", "iat", "exp", "nonce", "auth_time", "at_hash", "c_hash",
        ],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "prompt_values_supported": prompts,
        "org.matrix.matrix-authentication-service.graphql_endpoint": endpoint("graphql"),
        "account_management_uri": endpoint("account/"),
        "account_management_actions_supported": ACCOUNT_ACTIONS,
    });
    document["token_endpoint_auth_methods_supported"] = json!(methods);
    document["token_endpoint_auth_signing_alg_values_supported"] = json!(algorithms);
    for (name, path) in [
        ("revocation", "oauth2/revoke"),
        ("introspection", "oauth2/introspect"),
    ] {
        document[format!("{name}_endpoint")] = json!(endpoint(path));
        document[format!("{name}_endpoint_auth_methods_supported")] = json!(methods);
        document[format!("{name}_endpoint_auth_signing_alg_values_supported")] = json!(algorithms);
    }
    if offer.device_grant {
        document["device_authorization_endpoint"] = json!(endpoint("oauth2/device"));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(device_grant: bool, registration: bool) -> Value {
        let base = Url::parse("https://example.com/auth/").unwrap();
        described(&Offer {
            base: &base,
            issuer: &base,
            device_grant,
            registration,
            signing: vec![Algorithm::Rs256, Algorithm::Es256],
        })
    }

    #[test]
    fn endpoints_keep_the_path_of_the_public_base() {
        let served = offered(true, true);
        assert_eq!(
            served["token_endpoint"],
            "https://example.com/auth/oauth2/token"
        );
        assert_eq!(
            served["org.matrix.matrix-authentication-service.graphql_endpoint"],
            "https://example.com/auth/graphql"
        );
        assert_eq!(
            served["id_token_signing_alg_values_supported"],
            json!(["ES256", "RS256"])
        );
    }

    #[test]
    fn what_is_switched_off_is_not_named() {
        let served = offered(false, false);
        assert_eq!(served.get("device_authorization_endpoint"), None);
        assert_eq!(served["prompt_values_supported"], json!(["login"]));
        let grants = served["grant_types_supported"].as_array().unwrap();
        assert!(!grants.iter().any(|grant| grant == DEVICE_CODE));
    }
}
