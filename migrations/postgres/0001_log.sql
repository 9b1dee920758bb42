-- The log. Columns up to `metadata` are those of cqrs-es's event tables.
CREATE TABLE events (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       BIGINT NOT NULL CHECK (sequence > 0),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        JSON    NOT NULL,
    metadata       JSON    NOT NULL,
    position       BIGINT NOT NULL PRIMARY KEY,
    event_id       UUID    NOT NULL UNIQUE,
    recorded_at    BIGINT NOT NULL,
    actor          TEXT    NOT NULL,
    correlation_id UUID    NOT NULL,
    causation_id   UUID,
    subject        UUID,
    leaf_hash      BYTEA    NOT NULL,
    UNIQUE (aggregate_type, aggregate_id, sequence)
);

CREATE INDEX events_subject_idx ON events (subject, position) WHERE subject IS NOT NULL;

-- Values that are taken, as keyed hashes.
CREATE TABLE claims (
    kind      TEXT NOT NULL,
    digest    BYTEA NOT NULL,
    owner     UUID NOT NULL,
    reference UUID NOT NULL,
    PRIMARY KEY (kind, digest, reference)
);
CREATE INDEX claims_reference_idx ON claims (kind, reference);

CREATE TABLE idempotency_keys (
    key            TEXT    NOT NULL PRIMARY KEY,
    digest         BYTEA    NOT NULL,
    first_position BIGINT NOT NULL,
    last_position  BIGINT NOT NULL,
    recorded_at    BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_recorded_at_idx ON idempotency_keys (recorded_at);

-- The vault: what must never enter an event.
CREATE TABLE user_passwords (
    id             UUID    NOT NULL PRIMARY KEY,
    user_id        UUID    NOT NULL,
    scheme_version BIGINT NOT NULL,
    hash           TEXT    NOT NULL,
    position       BIGINT NOT NULL
);
CREATE INDEX user_passwords_user_idx ON user_passwords (user_id, position);

CREATE TABLE oauth2_access_tokens (
    token_hash BYTEA    NOT NULL PRIMARY KEY,
    id         UUID    NOT NULL,
    session_id UUID    NOT NULL,
    user_id    UUID,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX oauth2_access_tokens_session_idx ON oauth2_access_tokens (session_id);
CREATE INDEX oauth2_access_tokens_user_idx ON oauth2_access_tokens (user_id)
    WHERE user_id IS NOT NULL;
CREATE INDEX oauth2_access_tokens_expires_at_idx ON oauth2_access_tokens (expires_at);

-- A program that writes events by cqrs-es's own PostgreSQL store gives no position. It gets the next
-- one, in commit order, and a leaf hash by the same rule as ours (store/src/log/leaf.rs). The lock is
-- the writer's lock of store/src/sql/transaction.rs.
CREATE FUNCTION events_place_foreign() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
    field bytea;
    leaf bytea := '\x00';
BEGIN
    IF NEW.position IS NOT NULL THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(5500838862417);
    SELECT position, recorded_at INTO last FROM events ORDER BY position DESC LIMIT 1;
    NEW.position := coalesce(last.position, 0) + 1;
    NEW.event_id := coalesce(NEW.event_id, gen_random_uuid());
    NEW.recorded_at := greatest(
        (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, last.recorded_at);
    NEW.actor := coalesce(NEW.actor, 'external');
    NEW.correlation_id := coalesce(NEW.correlation_id, NEW.event_id);
    FOREACH field IN ARRAY ARRAY[
        int8send(NEW.position),
        uuid_send(NEW.event_id),
        int8send(NEW.recorded_at),
        convert_to(NEW.aggregate_type, 'UTF8'),
        convert_to(NEW.aggregate_id, 'UTF8'),
        int8send(NEW.sequence),
        convert_to(NEW.event_type, 'UTF8'),
        convert_to(NEW.event_version, 'UTF8'),
        convert_to(NEW.payload::text, 'UTF8'),
        convert_to(NEW.metadata::text, 'UTF8')
    ] LOOP
        leaf := leaf || int4send(octet_length(field)) || field;
    END LOOP;
    NEW.leaf_hash := sha256(leaf);
    PERFORM pg_notify('muniment_tail', NEW.position::text);
    RETURN NEW;
END
$$;

CREATE TRIGGER events_place_foreign BEFORE INSERT ON events
    FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION events_place_foreign();

-- Appends events whose places were worked out beforehand, if nothing has moved: the log's head, the
-- streams' versions, and the values to be claimed are as assumed. One round trip instead of four.
-- The caller holds the writer's lock. False means that nothing was done.
CREATE FUNCTION append_events_unless_moved(
    assumed_head    bigint,
    stream_types    text[],
    stream_ids      text[],
    stream_versions bigint[],
    claim_kinds     text[],
    claim_digests   bytea[],
    aggregate_types text[],
    aggregate_ids   text[],
    sequences       bigint[],
    event_types     text[],
    event_versions  text[],
    payloads        text[],
    metadatas       text[],
    positions       bigint[],
    event_ids       uuid[],
    recorded_ats    bigint[],
    actors          text[],
    correlation_ids uuid[],
    causation_ids   uuid[],
    subjects        uuid[],
    leaf_hashes     bytea[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce((SELECT max(position) FROM events), 0) <> assumed_head
    OR EXISTS (
        SELECT 1 FROM unnest(stream_types, stream_ids, stream_versions) AS s(t, i, v)
        WHERE s.v <> coalesce((
            SELECT max(e.sequence) FROM events e
            WHERE e.aggregate_type = s.t AND e.aggregate_id = s.i), 0))
    OR EXISTS (
        SELECT 1 FROM unnest(claim_kinds, claim_digests) AS w(k, d)
        JOIN claims c ON c.kind = w.k AND c.digest = w.d)
    THEN
        RETURN false;
    END IF;
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, position, event_id, recorded_at, actor, correlation_id, causation_id,
        subject, leaf_hash)
    SELECT t, i, s, et, ev, p::json, m::json, pos, id, at, a, co, ca, su, l
    FROM unnest(aggregate_types, aggregate_ids, sequences, event_types, event_versions, payloads,
        metadatas, positions, event_ids, recorded_ats, actors, correlation_ids, causation_ids,
        subjects, leaf_hashes)
        AS n(t, i, s, et, ev, p, m, pos, id, at, a, co, ca, su, l);
    PERFORM pg_notify('muniment_tail', positions[array_upper(positions, 1)]::text);
    RETURN true;
END
$$;
