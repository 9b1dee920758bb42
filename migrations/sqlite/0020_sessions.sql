-- Tokens beside the log, each found by its SHA-256.
ALTER TABLE oauth2_access_tokens ADD COLUMN first_used_at INTEGER;
ALTER TABLE oauth2_access_tokens ADD COLUMN revoked_at INTEGER;
CREATE UNIQUE INDEX oauth2_access_tokens_id_idx ON oauth2_access_tokens (id);
CREATE INDEX oauth2_access_tokens_revoked_idx ON oauth2_access_tokens (revoked_at)
    WHERE revoked_at IS NOT NULL;

CREATE TABLE oauth2_refresh_tokens (
    token_hash      BLOB NOT NULL PRIMARY KEY,
    id              BLOB NOT NULL UNIQUE,
    session_id      BLOB NOT NULL,
    user_id         BLOB,
    access_token_id BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    consumed_at     INTEGER,
    next_token_id   BLOB,
    revoked_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth2_refresh_tokens_session_idx ON oauth2_refresh_tokens (session_id);
CREATE INDEX oauth2_refresh_tokens_user_idx ON oauth2_refresh_tokens (user_id)
    WHERE user_id IS NOT NULL;
CREATE INDEX oauth2_refresh_tokens_consumed_idx ON oauth2_refresh_tokens (consumed_at)
    WHERE consumed_at IS NOT NULL;
CREATE INDEX oauth2_refresh_tokens_revoked_idx ON oauth2_refresh_tokens (revoked_at)
    WHERE revoked_at IS NOT NULL;

CREATE TABLE compat_access_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    session_id BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX compat_access_tokens_session_idx ON compat_access_tokens (session_id);
CREATE INDEX compat_access_tokens_user_idx ON compat_access_tokens (user_id);
CREATE INDEX compat_access_tokens_expires_at_idx ON compat_access_tokens (expires_at);

CREATE TABLE compat_refresh_tokens (
    token_hash      BLOB NOT NULL PRIMARY KEY,
    id              BLOB NOT NULL UNIQUE,
    session_id      BLOB NOT NULL,
    user_id         BLOB NOT NULL,
    access_token_id BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    consumed_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX compat_refresh_tokens_session_idx ON compat_refresh_tokens (session_id);
CREATE INDEX compat_refresh_tokens_user_idx ON compat_refresh_tokens (user_id);
CREATE INDEX compat_refresh_tokens_consumed_idx ON compat_refresh_tokens (consumed_at)
    WHERE consumed_at IS NOT NULL;

CREATE TABLE personal_access_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    session_id BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX personal_access_tokens_session_idx ON personal_access_tokens (session_id);
CREATE INDEX personal_access_tokens_user_idx ON personal_access_tokens (user_id);

CREATE TABLE registration_token_secrets (
    token_hash BLOB NOT NULL PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    sealed     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Read models.
ALTER TABLE oauth2_sessions ADD COLUMN browser_session_id BLOB;
ALTER TABLE oauth2_sessions ADD COLUMN user_agent TEXT;
ALTER TABLE oauth2_sessions ADD COLUMN human_name TEXT;
CREATE INDEX oauth2_sessions_browser_idx ON oauth2_sessions (browser_session_id)
    WHERE browser_session_id IS NOT NULL;
CREATE INDEX oauth2_sessions_finished_idx ON oauth2_sessions (finished_at)
    WHERE finished_at IS NOT NULL;

CREATE TABLE browser_sessions (
    id                    BLOB NOT NULL PRIMARY KEY,
    user_id               BLOB NOT NULL,
    created_at            INTEGER NOT NULL,
    finished_at           INTEGER,
    user_agent            TEXT,
    ip                    TEXT,
    authentication_id     BLOB,
    authenticated_at      INTEGER,
    authentication_method TEXT,
    upstream_link_id      BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX browser_sessions_user_idx ON browser_sessions (user_id, id);
CREATE INDEX browser_sessions_finished_idx ON browser_sessions (finished_at)
    WHERE finished_at IS NOT NULL;
CREATE INDEX browser_sessions_link_idx ON browser_sessions (upstream_link_id)
    WHERE upstream_link_id IS NOT NULL;

CREATE TABLE compat_sessions (
    id                 BLOB NOT NULL PRIMARY KEY,
    user_id            BLOB NOT NULL,
    device_id          TEXT,
    browser_session_id BLOB,
    is_synapse_admin   INTEGER NOT NULL,
    human_name         TEXT,
    user_agent         TEXT,
    ip                 TEXT,
    created_at         INTEGER NOT NULL,
    finished_at        INTEGER,
    sso_login_id       BLOB,
    sso_redirect_uri   TEXT,
    sso_requested_at   INTEGER,
    sso_confirmed_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX compat_sessions_user_idx ON compat_sessions (user_id, id);
CREATE INDEX compat_sessions_browser_idx ON compat_sessions (browser_session_id)
    WHERE browser_session_id IS NOT NULL;
CREATE INDEX compat_sessions_finished_idx ON compat_sessions (finished_at)
    WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX compat_sessions_login_idx ON compat_sessions (sso_login_id)
    WHERE sso_login_id IS NOT NULL;

CREATE TABLE personal_sessions (
    id               BLOB NOT NULL PRIMARY KEY,
    owner_user_id    BLOB,
    owner_client_id  BLOB,
    actor_user_id    BLOB NOT NULL,
    scope            TEXT NOT NULL,
    human_name       TEXT,
    created_at       INTEGER NOT NULL,
    revoked_at       INTEGER,
    token_id         BLOB,
    token_issued_at  INTEGER,
    token_expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX personal_sessions_actor_idx ON personal_sessions (actor_user_id, id);
CREATE INDEX personal_sessions_owner_user_idx ON personal_sessions (owner_user_id, id)
    WHERE owner_user_id IS NOT NULL;
CREATE INDEX personal_sessions_owner_client_idx ON personal_sessions (owner_client_id, id)
    WHERE owner_client_id IS NOT NULL;

-- Clients that registered themselves and that somebody has consented to. `metadata` is JSON.
CREATE TABLE oauth2_clients (
    id         BLOB NOT NULL PRIMARY KEY,
    metadata   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE registration_tokens (
    id           BLOB NOT NULL PRIMARY KEY,
    usage_limit  INTEGER,
    times_used   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    expires_at   INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE upstream_links (
    id                 BLOB NOT NULL PRIMARY KEY,
    provider_id        BLOB NOT NULL,
    user_id            BLOB NOT NULL,
    subject            TEXT NOT NULL,
    human_account_name TEXT,
    created_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX upstream_links_user_idx ON upstream_links (user_id, id);
CREATE INDEX upstream_links_subject_idx ON upstream_links (provider_id, subject);
