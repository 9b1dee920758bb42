-- Sign-ins at upstream providers: from the way there to what the provider told, and afterwards, for
-- as long as the browser session lives, which session there it came from.
CREATE TABLE upstream_sessions (
    id                 UUID NOT NULL PRIMARY KEY,
    provider_id        UUID NOT NULL,
    -- SHA-256 of `state`.
    state_hash         BYTEA NOT NULL UNIQUE,
    -- Nonce and PKCE verifier, sealed, until the provider has answered.
    secrets            BYTEA,
    created_at         BIGINT NOT NULL,
    -- The same, until the sign-in is used.
    pending_since      BIGINT,
    completed_at       BIGINT,
    -- What the person's link is, or will be.
    link_id            UUID,
    -- What the provider told, sealed, until the sign-in is used.
    told               BYTEA,
    -- The provider's session.
    sid                TEXT,
    consumed_at        BIGINT,
    user_id            UUID,
    browser_session_id UUID
);
CREATE INDEX upstream_sessions_pending_idx ON upstream_sessions (pending_since)
    WHERE pending_since IS NOT NULL;
CREATE INDEX upstream_sessions_sid_idx ON upstream_sessions (provider_id, sid)
    WHERE sid IS NOT NULL;
CREATE INDEX upstream_sessions_link_idx ON upstream_sessions (link_id)
    WHERE link_id IS NOT NULL;
CREATE INDEX upstream_sessions_user_idx ON upstream_sessions (user_id)
    WHERE user_id IS NOT NULL;
CREATE INDEX upstream_sessions_consumed_idx ON upstream_sessions (consumed_at)
    WHERE consumed_at IS NOT NULL;

ALTER TABLE registrations ADD COLUMN upstream_session_id UUID;
