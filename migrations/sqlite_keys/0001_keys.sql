-- One key a person, wrapped by the master key. A row without a key is a person who was erased.
CREATE TABLE subject_keys (
    subject BLOB NOT NULL PRIMARY KEY,
    wrapped BLOB
) STRICT, WITHOUT ROWID;
