//! What a client says of itself (contract oauth2.md 10.2 to 10.4).

use std::collections::BTreeMap;

use muniment_domain::ClientMetadata;
use serde_json::{Map, Value, json};
use url::Url;

use crate::auth::clients::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, DEVICE_CODE, REFRESH_TOKEN};

const URIS: [&str; 7] = [
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "jwks_uri",
    "sector_identifier_uri",
    "initiate_login_uri",
];
/// Of these there may be one for each language.
const LOCALISED: [&str; 5] = [
    "client_name",
    "logo_uri",
    "client_uri",
    "policy_uri",
    "tos_uri",
];
const TEXTS: [&str; 20] = [
    "client_name",
    "application_type",
    "software_id",
    "software_version",
    "subject_type",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "request_object_signing_alg",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "scope",
];
const LISTS: [&str; 7] = [
    "redirect_uris",
    "response_types",
    "grant_types",
    "contacts",
    "default_acr_values",
    "request_uris",
    "post_logout_redirect_uris",
];
/// More than any client has.
const MAX_ENTRIES: usize = 100;

/// Metadata of the right shape.
#[derive(Debug)]
pub struct Metadata {
    /// All that is understood, by name; localised ones as `name#language`.
    known: BTreeMap<String, Value>,
    pub redirect_uris: Option<Vec<String>>,
    pub response_types: Option<Vec<String>>,
    pub grant_types: Option<Vec<String>>,
}

impl Metadata {
    /// The reason when something has not the right shape. What is not known is passed over.
    pub fn read(said: &Map<String, Value>) -> Result<Self, String> {
        let mut known = BTreeMap::new();
        let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, value) in said.iter().filter(|(_, value)| !value.is_null()) {
            let plain = match name.split_once('#') {
                Some((plain, _)) if LOCALISED.contains(&plain) => {
                    if said.get(plain).is_none_or(Value::is_null) {
                        return Err(format!("{name} is there, but {plain} is not"));
                    }
                    plain
                }
                Some(_) => continue,
                None => name,
            };
            if let Some(list) = LISTS.iter().find(|list| **list == plain) {
                let mut texts = texts(value).ok_or_else(|| wrong(name, "a list of texts"))?;
                let not_a_uri = |uri: &String| uri.parse::<Url>().is_err();
                if *list == "redirect_uris" && texts.iter().any(not_a_uri) {
                    return Err(wrong(name, "a list of URIs"));
                }
                lists.insert(list, texts.clone());
                texts.sort_unstable();
                known.insert(name.clone(), json!(texts));
                continue;
            }
            let fits = match plain {
                "jwks" => value.get("keys").is_some_and(Value::is_array),
                "default_max_age" => value.is_u64(),
                "require_auth_time"
                | "require_signed_request_object"
                | "require_pushed_authorization_requests" => value.is_boolean(),
                uri if URIS.contains(&uri) => is_url(value),
                text if TEXTS.contains(&text) => value.is_string(),
                _ => continue,
            };
            if !fits {
                return Err(wrong(name, "of the right kind"));
            }
            known.insert(name.clone(), value.clone());
        }
        Ok(Self {
            redirect_uris: lists.remove("redirect_uris"),
            response_types: lists.remove("response_types"),
            grant_types: lists.remove("grant_types"),
            known,
        })
    }

    /// The same for all registrations that say the same, whatever the order.
    pub fn normal_form(&self) -> String {
        json!(self.known).to_string()
    }

    /// A text; of a localised one, that for those whose language has none of its own.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.known.get(name)?.as_str()
    }

    /// In all languages.
    pub fn urls(&self, name: &str) -> Vec<Url> {
        let in_a_language = |key: &str| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        };
        self.known
            .iter()
            .filter(|(key, _)| in_a_language(key))
            .filter_map(|(_, value)| value.as_str()?.parse().ok())
            .collect()
    }

    pub fn jwks(&self) -> Option<&Value> {
        self.known.get("jwks")
    }

    /// The default is `authorization_code`.
    pub fn uses_grant(&self, grant: &str) -> bool {
        match &self.grant_types {
            Some(grants) => grants.iter().any(|known| known == grant),
            None => grant == AUTHORIZATION_CODE,
        }
    }

    /// What is kept: of grants, those there are; nothing that was not said.
    pub fn stored(&self, device_grant: bool) -> ClientMetadata {
        let text = |name: &str| self.text(name).map(str::to_owned);
        let served = |grant: &str| match grant {
            AUTHORIZATION_CODE | REFRESH_TOKEN | CLIENT_CREDENTIALS => true,
            DEVICE_CODE => device_grant,
            _ => false,
        };
        let grants = self.grant_types.clone();
        let mut grants = grants.unwrap_or_else(|| vec![AUTHORIZATION_CODE.to_owned()]);
        grants.retain(|grant| served(grant));
        ClientMetadata {
            redirect_uris: self.redirect_uris.clone().unwrap_or_default(),
            grant_types: grants,
            application_type: text("application_type"),
            client_name: text("client_name"),
            logo_uri: text("logo_uri"),
            client_uri: text("client_uri"),
            policy_uri: text("policy_uri"),
            tos_uri: text("tos_uri"),
            jwks: self.jwks().cloned(),
            jwks_uri: text("jwks_uri"),
            id_token_signed_response_alg: text("id_token_signed_response_alg"),
            userinfo_signed_response_alg: text("userinfo_signed_response_alg"),
            token_endpoint_auth_method: text("token_endpoint_auth_method"),
            token_endpoint_auth_signing_alg: text("token_endpoint_auth_signing_alg"),
            initiate_login_uri: text("initiate_login_uri"),
        }
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array().filter(|list| list.len() <= MAX_ENTRIES)?;
    list.iter()
        .map(|one| one.as_str().map(str::to_owned))
        .collect()
}

fn is_url(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.parse::<Url>().is_ok())
}

fn wrong(name: &str, kind: &str) -> String {
    format!("{name} is not {kind}")
}
