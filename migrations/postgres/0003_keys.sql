-- A schema of its own, so that keys can be backed up apart from what they seal.
CREATE SCHEMA muniment_keys;

-- One key a person, wrapped by the master key. A row without a key is a person who was erased.
CREATE TABLE muniment_keys.subject_keys (
    subject UUID NOT NULL PRIMARY KEY,
    wrapped BYTEA
);
