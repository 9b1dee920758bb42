-- Sign-ins that somebody has confirmed, found by the browser session in which they did.
CREATE INDEX compat_sso_logins_browser_idx ON compat_sso_logins (browser_session_id)
    WHERE browser_session_id IS NOT NULL;
