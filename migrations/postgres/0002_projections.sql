-- How far each projection has followed the log.
CREATE TABLE projections (
    name     TEXT    NOT NULL PRIMARY KEY,
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL
);

CREATE TABLE users (
    id                  UUID    NOT NULL PRIMARY KEY,
    username            TEXT    NOT NULL,
    created_at          BIGINT NOT NULL,
    locked_at           BIGINT,
    deactivated_at      BIGINT,
    can_request_admin   BOOLEAN NOT NULL,
    has_password        BOOLEAN NOT NULL,
    sessions_valid_from BIGINT NOT NULL
);
CREATE INDEX users_username_idx ON users (username);
CREATE INDEX users_locked_idx ON users (id) WHERE locked_at IS NOT NULL;
CREATE INDEX users_deactivated_idx ON users (id) WHERE deactivated_at IS NOT NULL;
CREATE INDEX users_admin_idx ON users (id) WHERE can_request_admin;

CREATE TABLE user_emails (
    id           UUID    NOT NULL PRIMARY KEY,
    user_id      UUID    NOT NULL,
    email        TEXT    NOT NULL,
    email_folded TEXT    NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX user_emails_user_idx ON user_emails (user_id, id);
CREATE INDEX user_emails_email_idx ON user_emails (email_folded, id);

CREATE TABLE oauth2_sessions (
    id          UUID    NOT NULL PRIMARY KEY,
    client_id   UUID    NOT NULL,
    user_id     UUID,
    scope       TEXT    NOT NULL,
    created_at  BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX oauth2_sessions_user_idx ON oauth2_sessions (user_id, id);
CREATE INDEX oauth2_sessions_client_idx ON oauth2_sessions (client_id, id);

-- Keys that the log says are destroyed. `key_id` is the person's id for all keys of that person.
CREATE TABLE erasures (
    key_id   UUID    NOT NULL PRIMARY KEY,
    user_id  UUID    NOT NULL,
    position BIGINT NOT NULL
);
CREATE INDEX erasures_user_idx ON erasures (user_id);
CREATE INDEX erasures_position_idx ON erasures (position);
