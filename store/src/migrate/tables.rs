//! Which tables there are besides the log, and what becomes of each.

use super::Side;
use crate::sql::{Database, DatabaseError, Dialect, query};

/// Copied as they are.
pub const COPIED: [&str; 28] = [
    "audit_keys",
    "authorization_grants",
    "checkpoints",
    "claims",
    "compat_access_tokens",
    "compat_refresh_tokens",
    "compat_sso_logins",
    "device_grants",
    "email_authentication_codes",
    "email_authentications",
    "graphql_calls",
    "idempotency_keys",
    "idempotent_requests",
    "oauth2_access_tokens",
    "oauth2_client_digests",
    "oauth2_client_secrets",
    "oauth2_pending_clients",
    "oauth2_refresh_tokens",
    "personal_access_tokens",
    "recovery_sessions",
    "recovery_tickets",
    "registration_token_secrets",
    "registrations",
    "outbox",
    "session_activity",
    "signing_keys",
    "upstream_sessions",
    "user_passwords",
];

/// Copied as they are, from one store of keys to the other.
pub const COPIED_KEYS: [&str; 2] = ["program_keys", "subject_keys"];

/// Made whenever the program starts on an empty database, and no content by itself.
const MADE_AT_START: [&str; 2] = ["audit_keys", "signing_keys"];

/// Not copied, besides those of read models: how those were built, by what events are found, the
/// inside of the tree over them, what is on its way to a log that is not in this database, when work
/// that comes round again was last done, and what is of use for minutes.
pub const LEFT: [&str; 8] = [
    "client_assertions",
    "event_facets",
    "event_index",
    "job_runs",
    "projections",
    "staged_appends",
    "stopped_projections",
    "tree_nodes",
];

/// What a table of the store of keys is called there.
#[must_use]
pub fn keys_table(keys: &Database, table: &str) -> String {
    match keys.dialect() {
        Dialect::Sqlite => table.to_owned(),
        Dialect::Postgres => format!("muniment_keys.{table}"),
    }
}

/// Whether a database has any content. The program's own keys are made whenever one is opened, and
/// mean nothing without what they protect.
pub(super) async fn hold_anything(side: &Side<'_>) -> Result<bool, DatabaseError> {
    let content = COPIED
        .into_iter()
        .filter(|table| !MADE_AT_START.contains(table));
    for table in content.chain(["events"]) {
        if has_rows(side.database, table).await? {
            return Ok(true);
        }
    }
    has_rows(side.keys, &keys_table(side.keys, "subject_keys")).await
}

async fn has_rows(database: &Database, table: &str) -> Result<bool, DatabaseError> {
    let row = database
        .fetch_optional(query(format!("SELECT 1 FROM {table} LIMIT 1")))
        .await?;
    Ok(row.is_some())
}
