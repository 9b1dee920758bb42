-- How far each projection has followed the log.
CREATE TABLE projections (
    name     TEXT    NOT NULL PRIMARY KEY,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id                  BLOB    NOT NULL PRIMARY KEY,
    username            TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    locked_at           INTEGER,
    deactivated_at      INTEGER,
    can_request_admin   INTEGER NOT NULL,
    has_password        INTEGER NOT NULL,
    sessions_valid_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_username_idx ON users (username);
CREATE INDEX users_locked_idx ON users (id) WHERE locked_at IS NOT NULL;
CREATE INDEX users_deactivated_idx ON users (id) WHERE deactivated_at IS NOT NULL;
CREATE INDEX users_admin_idx ON users (id) WHERE can_request_admin = 1;

CREATE TABLE user_emails (
    id           BLOB    NOT NULL PRIMARY KEY,
    user_id      BLOB    NOT NULL,
    email        TEXT    NOT NULL,
    email_folded TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_emails_user_idx ON user_emails (user_id, id);
CREATE INDEX user_emails_email_idx ON user_emails (email_folded, id);

CREATE TABLE oauth2_sessions (
    id          BLOB    NOT NULL PRIMARY KEY,
    client_id   BLOB    NOT NULL,
    user_id     BLOB,
    scope       TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth2_sessions_user_idx ON oauth2_sessions (user_id, id);
CREATE INDEX oauth2_sessions_client_idx ON oauth2_sessions (client_id, id);

-- Keys that the log says are destroyed. `key_id` is the person's id for all keys of that person.
CREATE TABLE erasures (
    key_id   BLOB    NOT NULL PRIMARY KEY,
    user_id  BLOB    NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasures_user_idx ON erasures (user_id);
CREATE INDEX erasures_position_idx ON erasures (position);
