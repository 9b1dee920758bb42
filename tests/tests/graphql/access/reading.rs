//! What can be read, and by whom.

use super::For;

/// How one comes to an object of each type, for whom, and all its fields. `FIELDS` is where these are
/// asked for.
pub(super) const TYPES: &[(&str, For, &str, &str)] = &[
    (
        "Anonymous",
        For::Everybody,
        "{node(id:\"anonymous\"){...on Anonymous{FIELDS}}}",
        "id",
    ),
    (
        "AppSessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){appSessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "AppSessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){appSessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "AuditEvent",
        For::Administrators,
        "{auditEvents(first:9){nodes{FIELDS}}}",
        "id createdAt position type version aggregateType aggregateId sequence user actor \
         clientId sessionId correlationId causationId data leafHash",
    ),
    (
        "AuditEventConnection",
        For::Administrators,
        "{auditEvents(first:9){FIELDS}}",
        "pageInfo edges nodes",
    ),
    (
        "AuditEventEdge",
        For::Administrators,
        "{auditEvents(first:9){edges{FIELDS}}}",
        "node cursor",
    ),
    (
        "Authentication",
        For::Owner,
        "{node(id:\"BROWSER\"){...on BrowserSession{lastAuthentication{FIELDS}}}}",
        "id createdAt",
    ),
    (
        "BrowserSession",
        For::Owner,
        "{node(id:\"BROWSER\"){...on BrowserSession{FIELDS}}}",
        "id user lastAuthentication createdAt finishedAt state userAgent lastActiveIp \
         lastActiveAt appSessions",
    ),
    (
        "BrowserSessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){browserSessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "BrowserSessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){browserSessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "CaptchaConfig",
        For::Everybody,
        "{siteConfig{captchaConfig{FIELDS}}}",
        "service siteKey id",
    ),
    (
        "CompatSession",
        For::Owner,
        "{node(id:\"COMPAT\"){...on CompatSession{FIELDS}}}",
        "id user deviceId createdAt finishedAt userAgent ssoLogin browserSession state \
         lastActiveIp lastActiveAt humanName",
    ),
    (
        "CompatSessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){compatSessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "CompatSessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){compatSessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "CompatSsoLogin",
        For::Owner,
        "{node(id:\"COMPAT\"){...on CompatSession{ssoLogin{FIELDS}}}}",
        "id createdAt redirectUri fulfilledAt exchangedAt session",
    ),
    (
        "CompatSsoLoginConnection",
        For::Owner,
        "{user(id:\"BOB\"){compatSsoLogins(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "CompatSsoLoginEdge",
        For::Owner,
        "{user(id:\"BOB\"){compatSsoLogins(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "HistoryActor",
        For::Owner,
        "{user(id:\"BOB\"){history(first:9){nodes{actor{FIELDS}}}}}",
        "kind user",
    ),
    (
        "HistoryEvent",
        For::Owner,
        "{user(id:\"BOB\"){history(first:9){nodes{FIELDS}}}}",
        "id createdAt type category title details isNotable actor client session target \
         ipAddress userAgent user",
    ),
    (
        "HistoryEventConnection",
        For::Owner,
        "{user(id:\"BOB\"){history(first:9){FIELDS}}}",
        "pageInfo edges nodes",
    ),
    (
        "HistoryEventEdge",
        For::Owner,
        "{user(id:\"BOB\"){history(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "MatrixUser",
        For::Owner,
        "{user(id:\"BOB\"){matrix{FIELDS}}}",
        "mxid displayName avatarUrl deactivated",
    ),
    (
        "Oauth2Client",
        For::Everybody,
        "{node(id:\"CLIENT\"){...on Oauth2Client{FIELDS}}}",
        "id clientId clientName clientUri logoUri tosUri policyUri redirectUris applicationType",
    ),
    (
        "Oauth2Session",
        For::Owner,
        "{node(id:\"OAUTH2\"){...on Oauth2Session{FIELDS}}}",
        "id client scope createdAt finishedAt userAgent state browserSession user lastActiveIp \
         lastActiveAt humanName",
    ),
    (
        "Oauth2SessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){oauth2Sessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "Oauth2SessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){oauth2Sessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "PageInfo",
        For::Owner,
        "{user(id:\"BOB\"){emails(first:9){pageInfo{FIELDS}}}}",
        "hasPreviousPage hasNextPage startCursor endCursor",
    ),
    (
        "PersonalSession",
        For::Owner,
        "{node(id:\"PERSONAL\"){...on PersonalSession{FIELDS}}}",
        "id humanName scope createdAt revokedAt state expiresAt lastActiveIp lastActiveAt",
    ),
    (
        "PersonalSessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){personalSessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "PersonalSessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){personalSessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "SessionLimitConfig",
        For::Everybody,
        "{siteConfig{sessionLimit{FIELDS}}}",
        "softLimit hardLimit dangerousHardLimitEviction",
    ),
    (
        "SiteConfig",
        For::Everybody,
        "{siteConfig{FIELDS}}",
        "captchaConfig serverName policyUri tosUri imprint emailChangeAllowed \
         displayNameChangeAllowed passwordLoginEnabled passwordChangeAllowed \
         passwordRegistrationEnabled accountDeactivationAllowed minimumPasswordComplexity \
         loginWithEmailAllowed planManagementIframeUri sessionLimit id",
    ),
    (
        "UpstreamOAuth2Link",
        For::Owner,
        "{node(id:\"LINK\"){...on UpstreamOAuth2Link{FIELDS}}}",
        "id createdAt subject humanAccountName provider user",
    ),
    (
        "UpstreamOAuth2LinkConnection",
        For::Owner,
        "{user(id:\"BOB\"){upstreamOauth2Links(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UpstreamOAuth2LinkEdge",
        For::Owner,
        "{user(id:\"BOB\"){upstreamOauth2Links(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "UpstreamOAuth2Provider",
        For::Everybody,
        "{node(id:\"PROVIDER\"){...on UpstreamOAuth2Provider{FIELDS}}}",
        "id createdAt issuer clientId humanName brandName linkUrl",
    ),
    (
        "UpstreamOAuth2ProviderConnection",
        For::Everybody,
        "{upstreamOauth2Providers(first:9){FIELDS}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UpstreamOAuth2ProviderEdge",
        For::Everybody,
        "{upstreamOauth2Providers(first:9){edges{FIELDS}}}",
        "node cursor",
    ),
    (
        "User",
        For::Owner,
        "{node(id:\"BOB\"){...on User{FIELDS}}}",
        "id username createdAt lockedAt canRequestAdmin matrix compatSsoLogins compatSessions \
         browserSessions emails oauth2Sessions upstreamOauth2Links appSessions hasPassword \
         personalSessions history",
    ),
    (
        "UserAgent",
        For::Owner,
        "{node(id:\"BROWSER\"){...on BrowserSession{userAgent{FIELDS}}}}",
        "raw name version os osVersion model deviceType",
    ),
    (
        "UserConnection",
        For::Administrators,
        "{users(first:9){FIELDS}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UserEdge",
        For::Administrators,
        "{users(first:9){edges{FIELDS}}}",
        "node cursor",
    ),
    (
        "UserEmail",
        For::Owner,
        "{node(id:\"EMAIL\"){...on UserEmail{FIELDS}}}",
        "id email createdAt confirmedAt",
    ),
    (
        "UserEmailAuthentication",
        For::OneBrowserSession,
        "{node(id:\"AUTHENTICATION\"){...on UserEmailAuthentication{FIELDS}}}",
        "id createdAt completedAt email",
    ),
    (
        "UserEmailConnection",
        For::Owner,
        "{user(id:\"BOB\"){emails(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UserEmailEdge",
        For::Owner,
        "{user(id:\"BOB\"){emails(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    // For whoever has the ticket, which is the secret.
    (
        "UserRecoveryTicket",
        For::Everybody,
        "{userRecoveryTicket(ticket:\"TICKET\"){FIELDS}}",
        "id createdAt status username email",
    ),
];

/// The fields of `Query`, asked for what is Bob's.
pub(super) const QUERIES: &[(&str, For, &str)] = &[
    ("currentBrowserSession", For::Requester, "{id}"),
    ("currentUser", For::Requester, "{id}"),
    (
        "viewer",
        For::Requester,
        "{...on Node{id} ...on User{emails(first:9){nodes{id}}}}",
    ),
    ("viewerSession", For::Requester, "{...on Node{id}}"),
    ("oauth2Client", For::Everybody, "(id:\"CLIENT\"){id}"),
    ("browserSession", For::Owner, "(id:\"BROWSER\"){id}"),
    ("compatSession", For::Owner, "(id:\"COMPAT\"){id}"),
    ("oauth2Session", For::Owner, "(id:\"OAUTH2\"){id}"),
    ("userEmail", For::Owner, "(id:\"EMAIL\"){id}"),
    (
        "userRecoveryTicket",
        For::Everybody,
        "(ticket:\"TICKET\"){id}",
    ),
    (
        "userEmailAuthentication",
        For::OneBrowserSession,
        "(id:\"AUTHENTICATION\"){id}",
    ),
    ("node", For::Owner, "(id:\"BOB\"){id}"),
    ("siteConfig", For::Everybody, "{id}"),
    ("user", For::Owner, "(id:\"BOB\"){id}"),
    ("userByUsername", For::Owner, "(username:\"bob\"){id}"),
    ("users", For::Administrators, "(first:9){nodes{id}}"),
    (
        "auditEvents",
        For::Administrators,
        "(user:\"BOB\",first:9){nodes{id}}",
    ),
    ("upstreamOauth2Link", For::Owner, "(id:\"LINK\"){id}"),
    (
        "upstreamOauth2Provider",
        For::Everybody,
        "(id:\"PROVIDER\"){id}",
    ),
    (
        "upstreamOauth2Providers",
        For::Everybody,
        "(first:9){nodes{id}}",
    ),
    (
        "session",
        For::Owner,
        "(userId:\"BOB\",deviceId:\"LAPTOP\"){...on Node{id}}",
    ),
];

/// The fields of `Subscription`: what they tell is about the requester.
pub(super) const SUBSCRIPTIONS: &[(&str, &str)] = &[("history", "{id type user{id}}")];
