//! What can be changed, and by whom.

use super::Who;

/// Whether somebody may run a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    May,
    MayNot,
    /// They might, and would spoil what comes after.
    Not,
}

pub(super) fn only(may: bool) -> Asked {
    if may { Asked::May } else { Asked::MayNot }
}

pub(super) fn everybody(_: Who) -> Asked {
    Asked::May
}

pub(super) fn nobody(_: Who) -> Asked {
    Asked::MayNot
}

pub(super) fn anonymous(who: Who) -> Asked {
    only(who == Who::Anonymous)
}

pub(super) fn browser(who: Who) -> Asked {
    only(who == Who::Cookie)
}

pub(super) fn admins(who: Who) -> Asked {
    only(who.is_admin())
}

/// What can be done once.
pub(super) fn one_admin(who: Who) -> Asked {
    match who {
        Who::Admin => Asked::Not,
        who => admins(who),
    }
}

/// Those with an account of their own, one of them.
pub(super) fn one_account(who: Who) -> Asked {
    match who {
        Who::Cookie | Who::Bearer => Asked::Not,
        who => only(who == Who::Admin),
    }
}

/// What a browser is answered for is what is its own.
pub(super) fn not_in_a_browser(who: Who) -> Asked {
    match who {
        Who::Cookie => Asked::Not,
        _ => Asked::MayNot,
    }
}

/// What somebody may expect.
pub(super) type Allowed = fn(Who) -> Asked;

/// What those are told who may not run a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// An error with this message.
    Error(&'static str),
    /// A status.
    Status(&'static str),
    /// An empty list under this name.
    Nothing(&'static str),
}

pub(super) const UNAUTHORIZED: Refused = Refused::Error("Unauthorized");
pub(super) const NOT_FOUND: Refused = Refused::Status("NOT_FOUND");
pub(super) const RECOVERING: Refused =
    Refused::Error("Account recovery is only for anonymous users.");

/// The fields of `Mutation` on what is Bob's: who may run them, what the others are told, and the
/// input. Those that belong to one browser session are asked for in another.
pub(super) const MUTATIONS: &[(&str, Allowed, Refused, &str)] = &[
    (
        "addEmail",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",email:\"more@example.com\"",
    ),
    (
        "setPrimaryEmail",
        admins,
        UNAUTHORIZED,
        "userEmailId:\"EMAIL\"",
    ),
    ("removeEmail", one_admin, NOT_FOUND, "userEmailId:\"EMAIL\""),
    (
        "startEmailAuthentication",
        browser,
        UNAUTHORIZED,
        "email:\"other@example.com\",password:\"PASSWORD\"",
    ),
    (
        "resendEmailAuthenticationCode",
        nobody,
        UNAUTHORIZED,
        "id:\"AUTHENTICATION\"",
    ),
    // In a browser it is an INVALID_CODE, as for a wrong code.
    (
        "completeEmailAuthentication",
        browser,
        UNAUTHORIZED,
        "id:\"AUTHENTICATION\",code:\"000000\"",
    ),
    ("addUser", admins, UNAUTHORIZED, "username:\"carol\""),
    ("lockUser", admins, UNAUTHORIZED, "userId:\"BOB\""),
    ("unlockUser", admins, UNAUTHORIZED, "userId:\"BOB\""),
    (
        "setCanRequestAdmin",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",canRequestAdmin:false",
    ),
    (
        "allowUserCrossSigningReset",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\"",
    ),
    (
        "setPassword",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",newPassword:\"PASSWORD\"",
    ),
    (
        "setPasswordByRecovery",
        anonymous,
        RECOVERING,
        "ticket:\"a-ticket-that-there-is-not\",newPassword:\"PASSWORD\"",
    ),
    (
        "resendRecoveryEmail",
        everybody,
        UNAUTHORIZED,
        "ticket:\"a-ticket-that-there-is-not\"",
    ),
    // Of the requester alone: a wrong password keeps Alice's account.
    (
        "deactivateUser",
        browser,
        UNAUTHORIZED,
        "hsErase:false,password:\"wrong\"",
    ),
    (
        "createOauth2Session",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",scope:\"openid\"",
    ),
    (
        "setOauth2SessionName",
        admins,
        NOT_FOUND,
        "oauth2SessionId:\"OAUTH2\",humanName:\"x\"",
    ),
    (
        "setCompatSessionName",
        admins,
        NOT_FOUND,
        "compatSessionId:\"COMPAT\",humanName:\"x\"",
    ),
    // The requester's own, whatever Bob has: a wrong password makes none.
    (
        "createPersonalSession",
        browser,
        UNAUTHORIZED,
        "humanName:\"x\",scope:\"openid\",password:\"wrong\"",
    ),
    (
        "regeneratePersonalSession",
        not_in_a_browser,
        UNAUTHORIZED,
        "personalSessionId:\"PERSONAL\"",
    ),
    (
        "revokePersonalSession",
        admins,
        NOT_FOUND,
        "personalSessionId:\"PERSONAL\"",
    ),
    (
        "endOauth2Session",
        one_admin,
        NOT_FOUND,
        "oauth2SessionId:\"OAUTH2\"",
    ),
    (
        "endCompatSession",
        one_admin,
        NOT_FOUND,
        "compatSessionId:\"COMPAT\"",
    ),
    (
        "endBrowserSession",
        admins,
        NOT_FOUND,
        "browserSessionId:\"BROWSER\"",
    ),
    (
        "endSessions",
        admins,
        Refused::Nothing("ended"),
        "ids:[\"OAUTH2\",\"BROWSER\"]",
    ),
    (
        "setDisplayName",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",displayName:\"x\"",
    ),
    // Of the requester's own account.
    (
        "endOtherSessions",
        one_account,
        UNAUTHORIZED,
        "personalSessions:false",
    ),
];
