-- What the Admin API's lists are narrowed by. Texts that are searched within are in lower case; clients
-- have their grant types each between spaces.
ALTER TABLE oauth2_clients ADD COLUMN client_name_folded TEXT;
ALTER TABLE oauth2_clients ADD COLUMN client_uri_folded TEXT;
ALTER TABLE oauth2_clients ADD COLUMN grant_types TEXT;
ALTER TABLE oauth2_pending_clients ADD COLUMN client_name_folded TEXT;
ALTER TABLE oauth2_pending_clients ADD COLUMN client_uri_folded TEXT;
ALTER TABLE oauth2_pending_clients ADD COLUMN grant_types TEXT;
ALTER TABLE upstream_links ADD COLUMN human_account_name_folded TEXT;

-- Pages are cut by id, so that each condition has an index in that order.
CREATE INDEX upstream_links_provider_idx ON upstream_links (provider_id, id);
CREATE INDEX upstream_links_subject_alone_idx ON upstream_links (subject, id);
CREATE INDEX oauth2_sessions_active_idx ON oauth2_sessions (id) WHERE finished_at IS NULL;
CREATE INDEX oauth2_sessions_client_active_idx ON oauth2_sessions (client_id, id)
    WHERE finished_at IS NULL;
CREATE INDEX compat_sessions_active_idx ON compat_sessions (id) WHERE finished_at IS NULL;
CREATE INDEX browser_sessions_active_idx ON browser_sessions (id) WHERE finished_at IS NULL;
CREATE INDEX personal_sessions_active_idx ON personal_sessions (id) WHERE revoked_at IS NULL;
