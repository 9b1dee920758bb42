//! The provider's metadata (`OpenID` Connect Discovery 1.0, RFC 8414; contract oauth2.md 3.1).
//!
//! Names only what is served.

use std::sync::Arc;

use poem::{
    handler,
    web::{Data, Json},
};
use serde_json::{Value, json};
use url::Url;

use crate::app::App;

const AUTH_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

#[handler]
pub fn document(Data(app): Data<&Arc<App>>) -> Json<Value> {
    Json(metadata(&app.site.public_base, &app.site.issuer))
}

fn metadata(base: &Url, issuer: &Url) -> Value {
    let endpoint = |path: &str| format!("{base}{path}");
    json!({
        "issuer": issuer,
        "jwks_uri": endpoint("oauth2/keys.json"),
        "token_endpoint": endpoint("oauth2/token"),
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": ["openid", "email"],
        "subject_types_supported": ["public"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "org.matrix.matrix-authentication-service.graphql_endpoint": endpoint("graphql"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_keep_the_path_of_the_public_base() {
        let base = Url::parse("https://example.com/auth/").unwrap();
        let served = metadata(&base, &base);
        assert_eq!(
            served["token_endpoint"],
            "https://example.com/auth/oauth2/token"
        );
        assert_eq!(
            served["org.matrix.matrix-authentication-service.graphql_endpoint"],
            "https://example.com/auth/graphql"
        );
    }
}
