-- A schema of its own, so that keys can be backed up apart from what they seal.
CREATE SCHEMA muniment_keys;

-- Keys that seal personal data, wrapped by a key made of `secrets.encryption`. The person's own key
-- has the person's id; a key for something that can be shredded by itself has its id. A row without
-- a key is one that was destroyed, and that no key may be made for again.
CREATE TABLE muniment_keys.subject_keys (
    id         UUID NOT NULL PRIMARY KEY,
    subject    UUID NOT NULL,
    wrapped    BYTEA,
    -- Which wrapping key: its name, made of the same secret.
    wrapped_by BYTEA
);
CREATE INDEX subject_keys_subject_idx ON muniment_keys.subject_keys (subject);

-- The program's own keys, such as the one for claims, wrapped likewise.
CREATE TABLE muniment_keys.program_keys (
    name       TEXT  NOT NULL PRIMARY KEY,
    wrapped    BYTEA NOT NULL,
    wrapped_by BYTEA NOT NULL
);
