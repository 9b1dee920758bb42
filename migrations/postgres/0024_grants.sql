-- What clients ask for and users have not answered yet.
CREATE TABLE authorization_grants (
    id                    UUID NOT NULL PRIMARY KEY,
    client_id             UUID NOT NULL,
    redirect_uri          TEXT NOT NULL,
    redirect_uri_given    BOOLEAN NOT NULL,
    scope                 TEXT NOT NULL,
    state                 TEXT,
    nonce                 TEXT,
    response_mode         TEXT NOT NULL,
    code_challenge        TEXT,
    code_challenge_method TEXT,
    login_hint            TEXT,
    locale                TEXT NOT NULL,
    parameters            TEXT NOT NULL,
    created_at            BIGINT NOT NULL,
    code_hash             BYTEA UNIQUE,
    fulfilled_at          BIGINT,
    browser_session_id    UUID,
    exchanged_at          BIGINT,
    session_id            UUID
);
CREATE INDEX authorization_grants_created_idx ON authorization_grants (created_at);

CREATE TABLE device_grants (
    id                 UUID NOT NULL PRIMARY KEY,
    client_id          UUID NOT NULL,
    scope              TEXT NOT NULL,
    device_code_hash   BYTEA NOT NULL UNIQUE,
    user_code_hash     BYTEA NOT NULL UNIQUE,
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    ip                 TEXT,
    user_agent         TEXT,
    fulfilled_at       BIGINT,
    rejected_at        BIGINT,
    browser_session_id UUID,
    exchanged_at       BIGINT,
    session_id         UUID
);
CREATE INDEX device_grants_created_idx ON device_grants (created_at);

-- Clients that registered themselves. `metadata` is JSON.
CREATE TABLE oauth2_pending_clients (
    id         UUID NOT NULL PRIMARY KEY,
    metadata   TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX oauth2_pending_clients_created_idx ON oauth2_pending_clients (created_at);

CREATE TABLE oauth2_client_digests (
    digest    BYTEA NOT NULL PRIMARY KEY,
    client_id UUID NOT NULL
);
CREATE INDEX oauth2_client_digests_client_idx ON oauth2_client_digests (client_id);

CREATE TABLE oauth2_client_secrets (
    client_id UUID NOT NULL PRIMARY KEY,
    sealed    BYTEA NOT NULL
);
