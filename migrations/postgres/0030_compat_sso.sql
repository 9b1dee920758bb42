-- Sign-ins of legacy Matrix clients that make a detour through the browser. The login token is minted
-- when a signed-in person confirms.
CREATE TABLE compat_sso_logins (
    id                 UUID NOT NULL PRIMARY KEY,
    redirect_uri       TEXT NOT NULL,
    created_at         BIGINT NOT NULL,
    token_hash         BYTEA UNIQUE,
    fulfilled_at       BIGINT,
    browser_session_id UUID,
    exchanged_at       BIGINT,
    session_id         UUID
);
CREATE INDEX compat_sso_logins_created_idx ON compat_sso_logins (created_at);
