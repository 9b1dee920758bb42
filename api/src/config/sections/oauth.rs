//! `oauth`: choices of the OAuth 2.0 surface.

use serde::{Deserialize, Serialize};

use crate::config::{key_path::KeyPath, report::Report, section::Section};

/// Device flow, and our own choices (contract/oauth2.md section 23; contract/README.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct OAuth {
    /// Default true.
    pub device_code_grant_enabled: bool,
    /// Default false.
    pub device_code_user_code_auto_fill_enabled: bool,
    /// Ours: what follows when a consumed refresh token comes again. Default `refuse`.
    pub refresh_token_reuse: RefreshTokenReuse,
    /// Ours: whether public clients must use PKCE with S256. Default true.
    pub require_pkce: bool,
}

/// What follows when a consumed refresh token comes again. It is recorded in either case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshTokenReuse {
    #[default]
    Refuse,
    /// Refuse and end the session; a lost session can cost a Matrix user their keys.
    EndSession,
}

impl Default for OAuth {
    fn default() -> Self {
        Self {
            device_code_grant_enabled: true,
            device_code_user_code_auto_fill_enabled: false,
            refresh_token_reuse: RefreshTokenReuse::Refuse,
            require_pkce: true,
        }
    }
}

impl Section for OAuth {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        if self.device_code_user_code_auto_fill_enabled && !self.device_code_grant_enabled {
            report.warn(
                &at.key("device_code_user_code_auto_fill_enabled"),
                "has no effect while device_code_grant_enabled is false",
            );
        }
    }
}
