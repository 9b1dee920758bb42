//! `policy`: data for authorisation rules. The rules themselves are built in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ulid::Ulid;

use crate::{
    config::{key_path::KeyPath, report::Report, section::Section},
    policy::PolicyData,
};

/// Policy data (contract/oauth2.md sections 13 and 23).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// As written, to be merged with the stored policy data.
    pub data: Map<String, Value>,
    wasm_module: Option<Value>,
    client_registration_entrypoint: Option<Value>,
    register_entrypoint: Option<Value>,
    authorization_grant_entrypoint: Option<Value>,
    compat_login_entrypoint: Option<Value>,
    email_entrypoint: Option<Value>,
    password_entrypoint: Option<Value>,
    #[serde(skip)]
    admin_users: BTreeSet<String>,
    #[serde(skip)]
    admin_clients: BTreeSet<Ulid>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            data: Map::new(),
            wasm_module: None,
            client_registration_entrypoint: None,
            register_entrypoint: None,
            authorization_grant_entrypoint: None,
            compat_login_entrypoint: None,
            email_entrypoint: None,
            password_entrypoint: None,
            admin_users: BTreeSet::new(),
            admin_clients: BTreeSet::new(),
        }
    }
}

impl Policy {
    /// `data.admin_users`: usernames that may request admin scopes.
    #[must_use]
    pub const fn admin_users(&self) -> &BTreeSet<String> {
        &self.admin_users
    }

    /// `data.admin_clients`: clients that may have `urn:mas:admin` for themselves.
    #[must_use]
    pub const fn admin_clients(&self) -> &BTreeSet<Ulid> {
        &self.admin_clients
    }

    fn texts<'a>(
        &'a self,
        key: &str,
        at: &KeyPath,
        report: &mut Report<'_>,
    ) -> Vec<(KeyPath, &'a str)> {
        let at = at.key(key);
        let items = match self.data.get(key) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                report.problem(&at, "expected a list");
                return Vec::new();
            }
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item.as_str() {
                Some(text) => texts.push((at.index(index), text)),
                None => report.problem(&at.index(index), "expected a text (put quotes around it)"),
            }
        }
        texts
    }
}

impl Section for Policy {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, value) in [
            ("wasm_module", &self.wasm_module),
            (
                "client_registration_entrypoint",
                &self.client_registration_entrypoint,
            ),
            ("register_entrypoint", &self.register_entrypoint),
            (
                "authorization_grant_entrypoint",
                &self.authorization_grant_entrypoint,
            ),
            ("compat_login_entrypoint", &self.compat_login_entrypoint),
            ("email_entrypoint", &self.email_entrypoint),
            ("password_entrypoint", &self.password_entrypoint),
        ] {
            if value.is_some() {
                report.warn(&at.key(key), "has no effect here: the rules are built in");
            }
        }
        let at = at.key("data");
        let users = self.texts("admin_users", &at, report);
        let users = users.into_iter().map(|(_, name)| name.to_owned()).collect();
        let mut clients = BTreeSet::new();
        for (at, text) in self.texts("admin_clients", &at, report) {
            match Ulid::from_string(text) {
                Ok(id) => {
                    clients.insert(id);
                }
                Err(_) => report.problem(
                    &at,
                    format!("found the text `{text}`, expected a client's ULID of 26 characters"),
                ),
            }
        }
        let mut rest = self.data.clone();
        rest.remove("admin_users");
        rest.remove("admin_clients");
        if let Err(error) = PolicyData::from_value(&Value::Object(rest)) {
            report.problem(&at, error.to_string());
        }
        self.admin_users = users;
        self.admin_clients = clients;
    }
}
