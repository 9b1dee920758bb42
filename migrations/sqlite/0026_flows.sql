-- Half-done registrations, codes that were mailed to prove an address, and recoveries: rows that go
-- after some days, as whoever has no account must not make the log grow.

CREATE TABLE registrations (
    id                      BLOB NOT NULL PRIMARY KEY,
    -- What is known of the person; emptied when the registration is complete.
    username                TEXT NOT NULL,
    ip                      TEXT,
    user_agent              TEXT,
    display_name            TEXT,
    -- Where they were going, as a query.
    continuation            TEXT,
    locale                  TEXT NOT NULL,
    terms_uri               TEXT,
    password_scheme         INTEGER,
    -- The hash, as in user_passwords.
    password_hash           TEXT,
    email_authentication_id BLOB,
    registration_token_id   BLOB,
    created_at              INTEGER NOT NULL,
    completed_at            INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX registrations_created_idx ON registrations (created_at);

-- Proofs that somebody reads the mail of an address.
CREATE TABLE email_authentications (
    id                 BLOB NOT NULL PRIMARY KEY,
    email              TEXT NOT NULL,
    -- Who asks, if they have an account already.
    user_id            BLOB,
    browser_session_id BLOB,
    created_at         INTEGER NOT NULL,
    completed_at       INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX email_authentications_created_idx ON email_authentications (created_at);
CREATE INDEX email_authentications_user_idx ON email_authentications (user_id)
    WHERE user_id IS NOT NULL;

CREATE TABLE email_authentication_codes (
    id                BLOB NOT NULL PRIMARY KEY,
    authentication_id BLOB NOT NULL,
    -- SHA-256 of the authentication's id and the code.
    code_hash         BLOB NOT NULL,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    UNIQUE (authentication_id, code_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_authentication_codes_created_idx ON email_authentication_codes (created_at);

CREATE TABLE recovery_sessions (
    id          BLOB NOT NULL PRIMARY KEY,
    -- As it was typed: there need not be an account.
    email       TEXT NOT NULL,
    ip          TEXT,
    user_agent  TEXT,
    locale      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    consumed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_sessions_created_idx ON recovery_sessions (created_at);

-- What a recovery mail holds, for one of the accounts with the address.
CREATE TABLE recovery_tickets (
    -- SHA-256 of the ticket.
    ticket_hash BLOB NOT NULL PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    session_id  BLOB NOT NULL,
    user_id     BLOB NOT NULL,
    email_id    BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_tickets_created_idx ON recovery_tickets (created_at);
CREATE INDEX recovery_tickets_session_idx ON recovery_tickets (session_id);
CREATE INDEX recovery_tickets_user_idx ON recovery_tickets (user_id);
