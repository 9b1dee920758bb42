-- Whether an administrator had the link mailed, which is good also where nobody can recover an account
-- by themselves.
ALTER TABLE recovery_sessions ADD COLUMN by_administrator INTEGER NOT NULL DEFAULT 0;
