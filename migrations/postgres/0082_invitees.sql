-- Whom an invitation is for alone, as long as they can register with it.
ALTER TABLE registration_tokens ADD COLUMN username TEXT;
ALTER TABLE registration_tokens ADD COLUMN email TEXT;
ALTER TABLE registration_tokens ADD COLUMN invitee_forgotten_at BIGINT;
CREATE INDEX registration_tokens_invitee_idx ON registration_tokens (expires_at)
    WHERE username IS NOT NULL OR email IS NOT NULL;
