-- Keys that seal personal data, wrapped by a key made of `secrets.encryption`. The person's own key
-- has the person's id; a key for something that can be shredded by itself has its id. A row without
-- a key is one that was destroyed, and that no key may be made for again.
CREATE TABLE subject_keys (
    id         BLOB NOT NULL PRIMARY KEY,
    subject    BLOB NOT NULL,
    wrapped    BLOB,
    -- Which wrapping key: its name, made of the same secret.
    wrapped_by BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_keys_subject_idx ON subject_keys (subject);

-- The program's own keys, such as the one for claims, wrapped likewise.
CREATE TABLE program_keys (
    name       TEXT NOT NULL PRIMARY KEY,
    wrapped    BLOB NOT NULL,
    wrapped_by BLOB NOT NULL
) STRICT, WITHOUT ROWID;
