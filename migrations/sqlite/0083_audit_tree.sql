-- The Merkle tree over the log (RFC 6962), filled and sealed behind it (store/src/tree). Leaf N is the
-- event at position N + 1.

-- Hashes of complete subtrees, of 256 leaves (level 8), 65,536 (level 16) and so on.
CREATE TABLE tree_nodes (
    level  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

-- Signed statements of what the tree over the first events is. Each follows another, and none is
-- followed by two. The first of an hour has no end.
CREATE TABLE checkpoints (
    id         BLOB NOT NULL PRIMARY KEY,
    tree_size  INTEGER NOT NULL UNIQUE,
    previous   INTEGER NOT NULL UNIQUE,
    root       BLOB NOT NULL,
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX checkpoints_expires_idx ON checkpoints (expires_at) WHERE expires_at IS NOT NULL;

-- The key that signs them, where the configuration names none: its seed, sealed with a key of the
-- program. One row.
CREATE TABLE audit_keys (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    origin     TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
