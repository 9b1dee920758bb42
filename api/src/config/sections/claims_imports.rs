//! `claims_imports` of an upstream provider: what becomes of what it tells.

use serde::{Deserialize, Serialize};

/// Templates see `user` (the claims of ID token and userinfo), `id_token_claims`, `userinfo_claims`
/// and `extra_callback_parameters`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsImports {
    pub subject: Template,
    /// Whether an account is made without asking first.
    pub skip_confirmation: bool,
    pub localpart: LocalpartImport,
    pub displayname: Import,
    pub email: Import,
    pub account_name: Template,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Template {
    pub template: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Import {
    pub action: ImportAction,
    pub template: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LocalpartImport {
    pub action: ImportAction,
    pub template: Option<String>,
    pub on_conflict: OnConflict,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportAction {
    #[default]
    Ignore,
    /// The person may have it otherwise.
    Suggest,
    /// Taken over if it is told.
    Force,
    /// Without it there is no account.
    Require,
}

impl ImportAction {
    /// Whether the person has no say in it.
    #[must_use]
    pub const fn is_forced(self) -> bool {
        matches!(self, Self::Force | Self::Require)
    }
}

/// What happens when the account that a forced name belongs to exists already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The sign-in fails.
    #[default]
    Fail,
    /// The account is linked too.
    Add,
    /// The account is linked, and its other links to the provider go.
    Replace,
    /// The account is linked if it is not linked to the provider yet.
    Set,
}
