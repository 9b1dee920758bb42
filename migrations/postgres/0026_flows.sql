-- Half-done registrations, codes that were mailed to prove an address, and recoveries: rows that go
-- after some days, as whoever has no account must not make the log grow.

CREATE TABLE registrations (
    id                      UUID NOT NULL PRIMARY KEY,
    -- What is known of the person; emptied when the registration is complete.
    username                TEXT NOT NULL,
    ip                      TEXT,
    user_agent              TEXT,
    display_name            TEXT,
    -- Where they were going, as a query.
    continuation            TEXT,
    locale                  TEXT NOT NULL,
    terms_uri               TEXT,
    password_scheme         BIGINT,
    -- The hash, as in user_passwords.
    password_hash           TEXT,
    email_authentication_id UUID,
    registration_token_id   UUID,
    created_at              BIGINT NOT NULL,
    completed_at            BIGINT
);
CREATE INDEX registrations_created_idx ON registrations (created_at);

-- Proofs that somebody reads the mail of an address.
CREATE TABLE email_authentications (
    id                 UUID NOT NULL PRIMARY KEY,
    email              TEXT NOT NULL,
    -- Who asks, if they have an account already.
    user_id            UUID,
    browser_session_id UUID,
    created_at         BIGINT NOT NULL,
    completed_at       BIGINT
);
CREATE INDEX email_authentications_created_idx ON email_authentications (created_at);
CREATE INDEX email_authentications_user_idx ON email_authentications (user_id)
    WHERE user_id IS NOT NULL;

CREATE TABLE email_authentication_codes (
    id                UUID NOT NULL PRIMARY KEY,
    authentication_id UUID NOT NULL,
    -- SHA-256 of the authentication's id and the code.
    code_hash         BYTEA NOT NULL,
    created_at        BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    UNIQUE (authentication_id, code_hash)
);
CREATE INDEX email_authentication_codes_created_idx ON email_authentication_codes (created_at);

CREATE TABLE recovery_sessions (
    id          UUID NOT NULL PRIMARY KEY,
    -- As it was typed: there need not be an account.
    email       TEXT NOT NULL,
    ip          TEXT,
    user_agent  TEXT,
    locale      TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    consumed_at BIGINT
);
CREATE INDEX recovery_sessions_created_idx ON recovery_sessions (created_at);

-- What a recovery mail holds, for one of the accounts with the address.
CREATE TABLE recovery_tickets (
    -- SHA-256 of the ticket.
    ticket_hash BYTEA NOT NULL PRIMARY KEY,
    id          UUID NOT NULL UNIQUE,
    session_id  UUID NOT NULL,
    user_id     UUID NOT NULL,
    email_id    UUID NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX recovery_tickets_created_idx ON recovery_tickets (created_at);
CREATE INDEX recovery_tickets_session_idx ON recovery_tickets (session_id);
CREATE INDEX recovery_tickets_user_idx ON recovery_tickets (user_id);
