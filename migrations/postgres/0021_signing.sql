-- Keys that sign tokens, where the configuration names none: PKCS#8, sealed with a key of the program.
-- Of each kind the newest signs; all verify.
CREATE TABLE signing_keys (
    kid        TEXT NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Assertions with which clients have proven who they are, so that none serves twice: the SHA-256 of
-- client and jti, until the assertion has expired.
CREATE TABLE client_assertions (
    id         BYTEA NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX client_assertions_expires_idx ON client_assertions (expires_at);
