-- The Merkle tree over the log (RFC 6962), filled and sealed behind it (store/src/tree). Leaf N is the
-- event at position N + 1.

-- Hashes of complete subtrees, of 256 leaves (level 8), 65,536 (level 16) and so on.
CREATE TABLE tree_nodes (
    level  BIGINT NOT NULL,
    number BIGINT NOT NULL,
    hash   BYTEA NOT NULL,
    PRIMARY KEY (level, number)
);

-- Signed statements of what the tree over the first events is. Each follows another, and none is
-- followed by two. The first of an hour has no end.
CREATE TABLE checkpoints (
    id         UUID NOT NULL PRIMARY KEY,
    tree_size  BIGINT NOT NULL UNIQUE,
    previous   BIGINT NOT NULL UNIQUE,
    root       BYTEA NOT NULL,
    note       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX checkpoints_expires_idx ON checkpoints (expires_at) WHERE expires_at IS NOT NULL;

-- The key that signs them, where the configuration names none: its seed, sealed with a key of the
-- program. One row.
CREATE TABLE audit_keys (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    origin     TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
