-- Requests that may be sent again, and how they were answered, for a day. The subject is the person
-- whom the answer tells of; all zeros where it may be anybody.
CREATE TABLE idempotent_requests (
    id           BYTEA PRIMARY KEY,
    caller_id    UUID NOT NULL,
    request      BYTEA NOT NULL,
    started_at   BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    subject      UUID,
    answer       BYTEA
);
CREATE INDEX idempotent_requests_caller_idx ON idempotent_requests (caller_id, started_at);
CREATE INDEX idempotent_requests_started_idx ON idempotent_requests (started_at);
CREATE INDEX idempotent_requests_subject_idx ON idempotent_requests (subject);
