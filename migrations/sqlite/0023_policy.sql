-- Every setting of the policy's data; the newest is in force.
CREATE TABLE policy_data (
    id         BLOB    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    data       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_data_position_idx ON policy_data (position);

-- When and from where each session was last used. Not part of the log.
CREATE TABLE session_activity (
    session_id     BLOB    NOT NULL PRIMARY KEY,
    kind           TEXT    NOT NULL,
    user_id        BLOB,
    last_active_at INTEGER NOT NULL,
    last_active_ip TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_activity_user_idx ON session_activity (user_id);
CREATE INDEX session_activity_ip_idx ON session_activity (last_active_at)
    WHERE last_active_ip IS NOT NULL;
