-- Requests that may be sent again, and how they were answered, for a day. The subject is the person
-- whom the answer tells of; all zeros where it may be anybody.
CREATE TABLE idempotent_requests (
    id           BLOB PRIMARY KEY,
    caller_id    BLOB NOT NULL,
    request      BLOB NOT NULL,
    started_at   INTEGER NOT NULL,
    leased_until INTEGER NOT NULL,
    subject      BLOB,
    answer       BLOB
) STRICT;
CREATE INDEX idempotent_requests_caller_idx ON idempotent_requests (caller_id, started_at);
CREATE INDEX idempotent_requests_started_idx ON idempotent_requests (started_at);
CREATE INDEX idempotent_requests_subject_idx ON idempotent_requests (subject);
