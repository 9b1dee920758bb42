//! What sessions of every kind have in common.

use serde::{Deserialize, Serialize};

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The user signed out of it.
    SignedOut,
    /// The user ended it from another session.
    SelfService,
    /// The client revoked its token (RFC 7009).
    Revoked,
    /// An administrator ended it.
    Admin,
    /// Somebody ended it on the command line.
    Operator,
    /// Its authorization code was presented again, which only a thief or a broken client does.
    CodeReplayed,
    /// A consumed refresh token of it was presented again.
    RefreshTokenReused,
    /// The user signed in anew with the same device.
    DeviceReplaced,
    /// It made room for a newer one.
    SessionLimit,
    /// It had not been used for long.
    Inactivity,
    /// The account was deactivated.
    Deactivation,
    /// The upstream provider ended its own session.
    BackchannelLogout,
    /// The homeserver did not accept its device.
    Homeserver,
}
