-- What clients ask for and users have not answered yet.
CREATE TABLE authorization_grants (
    id                    BLOB NOT NULL PRIMARY KEY,
    client_id             BLOB NOT NULL,
    redirect_uri          TEXT NOT NULL,
    redirect_uri_given    INTEGER NOT NULL,
    scope                 TEXT NOT NULL,
    state                 TEXT,
    nonce                 TEXT,
    response_mode         TEXT NOT NULL,
    code_challenge        TEXT,
    code_challenge_method TEXT,
    login_hint            TEXT,
    locale                TEXT NOT NULL,
    parameters            TEXT NOT NULL,
    created_at            INTEGER NOT NULL,
    code_hash             BLOB UNIQUE,
    fulfilled_at          INTEGER,
    browser_session_id    BLOB,
    exchanged_at          INTEGER,
    session_id            BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX authorization_grants_created_idx ON authorization_grants (created_at);

CREATE TABLE device_grants (
    id                 BLOB NOT NULL PRIMARY KEY,
    client_id          BLOB NOT NULL,
    scope              TEXT NOT NULL,
    device_code_hash   BLOB NOT NULL UNIQUE,
    user_code_hash     BLOB NOT NULL UNIQUE,
    created_at         INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    ip                 TEXT,
    user_agent         TEXT,
    fulfilled_at       INTEGER,
    rejected_at        INTEGER,
    browser_session_id BLOB,
    exchanged_at       INTEGER,
    session_id         BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX device_grants_created_idx ON device_grants (created_at);

-- Clients that registered themselves. `metadata` is JSON.
CREATE TABLE oauth2_pending_clients (
    id         BLOB NOT NULL PRIMARY KEY,
    metadata   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth2_pending_clients_created_idx ON oauth2_pending_clients (created_at);

CREATE TABLE oauth2_client_digests (
    digest    BLOB NOT NULL PRIMARY KEY,
    client_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth2_client_digests_client_idx ON oauth2_client_digests (client_id);

CREATE TABLE oauth2_client_secrets (
    client_id BLOB NOT NULL PRIMARY KEY,
    sealed    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
