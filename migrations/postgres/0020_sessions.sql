-- Tokens beside the log, each found by its SHA-256.
ALTER TABLE oauth2_access_tokens ADD COLUMN first_used_at BIGINT;
ALTER TABLE oauth2_access_tokens ADD COLUMN revoked_at BIGINT;
CREATE UNIQUE INDEX oauth2_access_tokens_id_idx ON oauth2_access_tokens (id);
CREATE INDEX oauth2_access_tokens_revoked_idx ON oauth2_access_tokens (revoked_at)
    WHERE revoked_at IS NOT NULL;

CREATE TABLE oauth2_refresh_tokens (
    token_hash      BYTEA NOT NULL PRIMARY KEY,
    id              UUID NOT NULL UNIQUE,
    session_id      UUID NOT NULL,
    user_id         UUID,
    access_token_id UUID NOT NULL,
    created_at      BIGINT NOT NULL,
    consumed_at     BIGINT,
    next_token_id   UUID,
    revoked_at      BIGINT
);
CREATE INDEX oauth2_refresh_tokens_session_idx ON oauth2_refresh_tokens (session_id);
CREATE INDEX oauth2_refresh_tokens_user_idx ON oauth2_refresh_tokens (user_id)
    WHERE user_id IS NOT NULL;
CREATE INDEX oauth2_refresh_tokens_consumed_idx ON oauth2_refresh_tokens (consumed_at)
    WHERE consumed_at IS NOT NULL;
CREATE INDEX oauth2_refresh_tokens_revoked_idx ON oauth2_refresh_tokens (revoked_at)
    WHERE revoked_at IS NOT NULL;

CREATE TABLE compat_access_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    id         UUID NOT NULL UNIQUE,
    session_id UUID NOT NULL,
    user_id    UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX compat_access_tokens_session_idx ON compat_access_tokens (session_id);
CREATE INDEX compat_access_tokens_user_idx ON compat_access_tokens (user_id);
CREATE INDEX compat_access_tokens_expires_at_idx ON compat_access_tokens (expires_at);

CREATE TABLE compat_refresh_tokens (
    token_hash      BYTEA NOT NULL PRIMARY KEY,
    id              UUID NOT NULL UNIQUE,
    session_id      UUID NOT NULL,
    user_id         UUID NOT NULL,
    access_token_id UUID NOT NULL,
    created_at      BIGINT NOT NULL,
    consumed_at     BIGINT
);
CREATE INDEX compat_refresh_tokens_session_idx ON compat_refresh_tokens (session_id);
CREATE INDEX compat_refresh_tokens_user_idx ON compat_refresh_tokens (user_id);
CREATE INDEX compat_refresh_tokens_consumed_idx ON compat_refresh_tokens (consumed_at)
    WHERE consumed_at IS NOT NULL;

CREATE TABLE personal_access_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    id         UUID NOT NULL UNIQUE,
    session_id UUID NOT NULL,
    user_id    UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX personal_access_tokens_session_idx ON personal_access_tokens (session_id);
CREATE INDEX personal_access_tokens_user_idx ON personal_access_tokens (user_id);

CREATE TABLE registration_token_secrets (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    id         UUID NOT NULL UNIQUE,
    sealed     BYTEA NOT NULL
);

-- Read models.
ALTER TABLE oauth2_sessions ADD COLUMN browser_session_id UUID;
ALTER TABLE oauth2_sessions ADD COLUMN user_agent TEXT;
ALTER TABLE oauth2_sessions ADD COLUMN human_name TEXT;
CREATE INDEX oauth2_sessions_browser_idx ON oauth2_sessions (browser_session_id)
    WHERE browser_session_id IS NOT NULL;
CREATE INDEX oauth2_sessions_finished_idx ON oauth2_sessions (finished_at)
    WHERE finished_at IS NOT NULL;

CREATE TABLE browser_sessions (
    id                    UUID NOT NULL PRIMARY KEY,
    user_id               UUID NOT NULL,
    created_at            BIGINT NOT NULL,
    finished_at           BIGINT,
    user_agent            TEXT,
    ip                    TEXT,
    authentication_id     UUID,
    authenticated_at      BIGINT,
    authentication_method TEXT,
    upstream_link_id      UUID
);
CREATE INDEX browser_sessions_user_idx ON browser_sessions (user_id, id);
CREATE INDEX browser_sessions_finished_idx ON browser_sessions (finished_at)
    WHERE finished_at IS NOT NULL;
CREATE INDEX browser_sessions_link_idx ON browser_sessions (upstream_link_id)
    WHERE upstream_link_id IS NOT NULL;

CREATE TABLE compat_sessions (
    id                 UUID NOT NULL PRIMARY KEY,
    user_id            UUID NOT NULL,
    device_id          TEXT,
    browser_session_id UUID,
    is_synapse_admin   BOOLEAN NOT NULL,
    human_name         TEXT,
    user_agent         TEXT,
    ip                 TEXT,
    created_at         BIGINT NOT NULL,
    finished_at        BIGINT,
    sso_login_id       UUID,
    sso_redirect_uri   TEXT,
    sso_requested_at   BIGINT,
    sso_confirmed_at   BIGINT
);
CREATE INDEX compat_sessions_user_idx ON compat_sessions (user_id, id);
CREATE INDEX compat_sessions_browser_idx ON compat_sessions (browser_session_id)
    WHERE browser_session_id IS NOT NULL;
CREATE INDEX compat_sessions_finished_idx ON compat_sessions (finished_at)
    WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX compat_sessions_login_idx ON compat_sessions (sso_login_id)
    WHERE sso_login_id IS NOT NULL;

CREATE TABLE personal_sessions (
    id               UUID NOT NULL PRIMARY KEY,
    owner_user_id    UUID,
    owner_client_id  UUID,
    actor_user_id    UUID NOT NULL,
    scope            TEXT NOT NULL,
    human_name       TEXT,
    created_at       BIGINT NOT NULL,
    revoked_at       BIGINT,
    token_id         UUID,
    token_issued_at  BIGINT,
    token_expires_at BIGINT
);
CREATE INDEX personal_sessions_actor_idx ON personal_sessions (actor_user_id, id);
CREATE INDEX personal_sessions_owner_user_idx ON personal_sessions (owner_user_id, id)
    WHERE owner_user_id IS NOT NULL;
CREATE INDEX personal_sessions_owner_client_idx ON personal_sessions (owner_client_id, id)
    WHERE owner_client_id IS NOT NULL;

-- Clients that registered themselves and that somebody has consented to. `metadata` is JSON.
CREATE TABLE oauth2_clients (
    id         UUID NOT NULL PRIMARY KEY,
    metadata   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE registration_tokens (
    id           UUID NOT NULL PRIMARY KEY,
    usage_limit  BIGINT,
    times_used   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at   BIGINT,
    revoked_at   BIGINT
);

CREATE TABLE upstream_links (
    id                 UUID NOT NULL PRIMARY KEY,
    provider_id        UUID NOT NULL,
    user_id            UUID NOT NULL,
    subject            TEXT NOT NULL,
    human_account_name TEXT,
    created_at         BIGINT NOT NULL
);
CREATE INDEX upstream_links_user_idx ON upstream_links (user_id, id);
CREATE INDEX upstream_links_subject_idx ON upstream_links (provider_id, subject);
