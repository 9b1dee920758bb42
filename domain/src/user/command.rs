use std::net::IpAddr;

use crate::{
    EmailAddress, EmailId, PasswordId, UpstreamLinkId, UpstreamProviderId, UserId, Username,
    user::Origin,
};

/// What can be asked of an account. Whoever issues one has already checked who may ask, hashed what
/// needs hashing and drawn the ids.
#[derive(Debug, Clone)]
pub enum UserCommand {
    RegisterUser {
        user_id: UserId,
        username: Username,
        origin: Origin,
    },
    LockUser {
        /// Deactivate as well, with `erase`, as one step.
        deactivate: bool,
    },
    UnlockUser {
        /// Reactivate as well, as one step.
        reactivate: bool,
    },
    DeactivateUser {
        /// Ask the homeserver to erase what the user has written, and make the user's email addresses
        /// unreadable in the log.
        erase: bool,
    },
    /// Destroy the person's keys, deactivating the account first.
    EraseUser,
    ReactivateUser,
    GrantAdmin,
    RevokeAdmin,
    AddEmail {
        email_id: EmailId,
        email: EmailAddress,
        origin: Origin,
    },
    RemoveEmail {
        email_id: EmailId,
    },
    /// The hash goes into the vault in the same transaction, under `password_id`.
    SetPassword {
        password_id: PasswordId,
        scheme_version: u16,
        origin: Origin,
    },
    /// Puts a hash of a later scheme in the vault for the same password.
    UpgradePasswordHash {
        password_id: PasswordId,
        upgraded_from: PasswordId,
        scheme_version: u16,
    },
    ReportFailedSignIns {
        attempts: u32,
        /// When the first of them was, in microseconds since 1970.
        since: i64,
        /// Where the last of them came from.
        ip: Option<IpAddr>,
    },
    AcceptTerms {
        terms_uri: String,
    },
    /// The homeserver has done so.
    SetDisplayName {
        /// None when absent.
        display_name: Option<String>,
    },
    /// The homeserver has done so.
    AllowCrossSigningReset,
    /// Has a link mailed to an address of the user's, by which a password can be set.
    RequestPasswordLink {
        email_id: EmailId,
    },
    LinkUpstream {
        link_id: UpstreamLinkId,
        provider_id: UpstreamProviderId,
        subject: String,
        account_name: Option<String>,
    },
    UnlinkUpstream {
        link_id: UpstreamLinkId,
    },
}
