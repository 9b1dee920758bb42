-- Sign-ins of legacy Matrix clients that make a detour through the browser. The login token is minted
-- when a signed-in person confirms.
CREATE TABLE compat_sso_logins (
    id                 BLOB NOT NULL PRIMARY KEY,
    redirect_uri       TEXT NOT NULL,
    created_at         INTEGER NOT NULL,
    token_hash         BLOB UNIQUE,
    fulfilled_at       INTEGER,
    browser_session_id BLOB,
    exchanged_at       INTEGER,
    session_id         BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX compat_sso_logins_created_idx ON compat_sso_logins (created_at);
