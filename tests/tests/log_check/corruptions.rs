//! Each in turn: one thing is altered, found and named.

use muniment_store::sql::query;
use muniment_tests::{TestDatabase, TestLog, each_backend, rich_history};

use crate::support::{assert_sound, check, damage, lines, restore, save};

each_backend!(whatever_is_altered_is_found_and_named);

/// What is done, and what has to be said of it.
struct Corruption {
    /// The type of the event whose first occurrence is `{p}`; the one after it is `{next}`.
    at: &'static str,
    sql: &'static [&'static str],
    says: &'static [&'static str],
}

const fn corruption(
    at: &'static str,
    sql: &'static [&'static str],
    says: &'static [&'static str],
) -> Corruption {
    Corruption { at, sql, says }
}

const LOCKED: &str = "user.locked";
const EMAIL: &str = "user.email_added";
const LEAF: &str = "events: position {p}: leaf hash differs from the stored bytes";

/// Of the events themselves.
const EVENTS: [Corruption; 20] = [
    corruption(
        LOCKED,
        &["DELETE FROM events WHERE position = {p}"],
        &["events: position {p}: the event is missing, {next} follows"],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM events WHERE position IN ({p}, {next})"],
        &["events: position {p}: this event and those up to {next} are missing"],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM events WHERE position = 1"],
        &["events: position 1: the event is missing, 2 follows"],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM events WHERE position = {head}"],
        &[
            "projections: name users: stands at position {head}, the log at {before_head}",
            "can_request_admin differs from what the events say",
        ],
    ),
    corruption(
        EMAIL,
        &[
            "UPDATE events SET payload = replace(CAST(payload AS TEXT), 'admin', 'operator'){json} \
           WHERE position = {p}",
        ],
        &[LEAF],
    ),
    corruption(
        EMAIL,
        &[
            "UPDATE events SET payload = replace(CAST(payload AS TEXT), 'sealed\":\"', \
           'sealed\":\"AAAA'){json} WHERE position = {p}",
        ],
        &[LEAF, "events: position {p}: the event cannot be read"],
    ),
    corruption(
        EMAIL,
        &["UPDATE events SET payload = '{\"UserNeverHeardOf\":{}}' WHERE position = {p}"],
        &[LEAF, "events: position {p}: the event cannot be read"],
    ),
    corruption(
        EMAIL,
        &[
            "UPDATE events SET metadata = replace(CAST(metadata AS TEXT), 'tests', 'others'){json} \
           WHERE position = {p}",
        ],
        &[
            LEAF,
            "events: position {p}: actor differs from the metadata",
        ],
    ),
    corruption(
        LOCKED,
        &[
            "UPDATE events SET position = -1 WHERE position = {p}",
            "UPDATE events SET position = {p} WHERE position = {next}",
            "UPDATE events SET position = {next} WHERE position = -1",
        ],
        &[
            LEAF,
            "events: position {next}: leaf hash differs from the stored bytes",
            "events: position {p}: sequence is",
            "events: position {next}: sequence is",
        ],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET position = -1 WHERE position = {p}"],
        &[
            "events: position -1: the log begins at 1",
            "events: position {p}: the event is missing",
        ],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET recorded_at = recorded_at - 1000000000 WHERE position = {p}"],
        &[
            LEAF,
            "events: position {p}: recorded_at is before that of the event before",
        ],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET actor = 'operator:nobody' WHERE position = {p}"],
        &["events: position {p}: actor differs from the metadata"],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET correlation_id = event_id WHERE position = {p}"],
        &["events: position {p}: correlation_id differs from the metadata"],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET causation_id = event_id WHERE position = {p}"],
        &["events: position {p}: causation_id differs from the metadata"],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET subject = NULL WHERE position = {p}"],
        &["events: position {p}: subject differs from the payload"],
    ),
    corruption(
        LOCKED,
        &[
            "UPDATE events SET subject = (SELECT subject FROM events WHERE position = 1) \
           WHERE position = {p}",
        ],
        &["events: position {p}: subject differs from the payload"],
    ),
    corruption(
        LOCKED,
        &[
            "UPDATE events SET leaf_hash = (SELECT leaf_hash FROM events WHERE position = 1) \
           WHERE position = {p}",
        ],
        &[LEAF],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET event_id = {uuid} WHERE position = {p}"],
        &[LEAF],
    ),
    corruption(
        LOCKED,
        &["UPDATE events SET sequence = 99 WHERE position = {p}"],
        &[LEAF, "events: position {p}: sequence is 99 where"],
    ),
    corruption(
        "user.admin_granted",
        &[
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, \
           payload, metadata, position, event_id, recorded_at, actor, correlation_id, \
           causation_id, subject, leaf_hash) \
           SELECT aggregate_type, aggregate_id, 50, event_type, event_version, payload, metadata, \
           {head} + 1, {uuid}, recorded_at + 9000000000, actor, correlation_id, causation_id, \
           subject, leaf_hash FROM events WHERE position = {p}",
        ],
        &[
            "events: position {after_head}: leaf hash differs from the stored bytes",
            "events: position {after_head}: sequence is 50 where",
            "projections: name users: stands at position {head}, the log at {after_head}",
        ],
    ),
];

/// Of what goes with them.
const BESIDE: [Corruption; 14] = [
    corruption(
        LOCKED,
        &["UPDATE oauth2_access_tokens SET session_id = {uuid} WHERE user_id = {alice}"],
        &[
            "oauth2_access_tokens: session_id ",
            ": there is no such session in the log",
        ],
    ),
    corruption(
        LOCKED,
        &[
            "INSERT INTO personal_access_tokens (token_hash, id, session_id, user_id, created_at) \
           SELECT token_hash, id, session_id, user_id, 1 FROM oauth2_access_tokens \
           WHERE user_id = {alice}",
        ],
        // A session of another kind.
        &[
            "personal_access_tokens: session_id ",
            ": there is no such session in the log",
        ],
    ),
    corruption(
        LOCKED,
        &["UPDATE oauth2_access_tokens SET user_id = {erin} WHERE user_id = {alice}"],
        &["oauth2_access_tokens: user_id {ERIN}: there are tokens of a user who was erased"],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM claims WHERE kind = 'username' AND owner = {alice}"],
        &["claims: kind username, reference {ALICE}: the row is missing"],
    ),
    corruption(
        LOCKED,
        &["INSERT INTO claims (kind, digest, owner, reference) \
           SELECT 'email', digest, owner, reference FROM claims \
           WHERE kind = 'username' AND owner = {alice}"],
        &["claims: kind email, reference {ALICE}: no event accounts for the row"],
    ),
    corruption(
        LOCKED,
        &["UPDATE claims SET owner = {bob} WHERE kind = 'username' AND reference = {alice}"],
        &["claims: kind username, reference {ALICE}: owner differs from what the events say"],
    ),
    corruption(
        LOCKED,
        &["UPDATE claims SET digest = (SELECT digest FROM claims \
           WHERE kind = 'username' AND reference = {bob}) \
           WHERE kind = 'username' AND reference = {alice}"],
        &[
            "claims: kind username, reference {ALICE}: digest is not that of the value in the events",
        ],
    ),
    corruption(
        LOCKED,
        &[
            "DELETE FROM user_passwords WHERE user_id = {alice} AND position = \
           (SELECT max(position) FROM user_passwords WHERE user_id = {alice})",
        ],
        &[
            "user_passwords: id ",
            ": the current password of a user is missing",
        ],
    ),
    corruption(
        LOCKED,
        &[
            "INSERT INTO user_passwords (id, user_id, scheme_version, hash, position) \
           SELECT {uuid}, user_id, 1, 'mine', {head} FROM user_passwords \
           WHERE user_id = {bob}",
        ],
        &["user_passwords: id ", ": no event accounts for the row"],
    ),
    corruption(
        LOCKED,
        &["UPDATE user_passwords SET user_id = {alice} WHERE user_id = {bob}"],
        &[
            "user_passwords: id ",
            ": user_id differs from what the events say",
        ],
    ),
    // The password that was replaced counts again.
    corruption(
        LOCKED,
        &[
            "UPDATE user_passwords SET position = {head} WHERE user_id = {alice} AND position = \
           (SELECT min(position) FROM user_passwords WHERE user_id = {alice})",
        ],
        &[
            "user_passwords: id ",
            ": position is not that of the event that set the password",
        ],
    ),
    corruption(
        LOCKED,
        &["UPDATE idempotency_keys SET last_position = {head} + 3"],
        &[
            "idempotency_keys: last_position ",
            ": lies beyond the log, which ends at {head}",
        ],
    ),
    corruption(
        LOCKED,
        &["UPDATE projections SET position = position - 1 WHERE name = 'user_emails'"],
        &["projections: name user_emails: stands at position {before_head}, the log at {head}"],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM projections WHERE name = 'user_emails'"],
        &["projections: name user_emails: stands at position 0, the log at {head}"],
    ),
];

/// Of the read models.
const READ_MODELS: [Corruption; 13] = [
    corruption(
        LOCKED,
        &["UPDATE projections SET version = version + 1 WHERE name = 'users'"],
        &["projections: name users: built by version 2 of itself, this program has 1"],
    ),
    corruption(
        LOCKED,
        &["UPDATE users SET username = 'mallory', locked_at = 1 WHERE id = {alice}"],
        &[
            "users: id {ALICE}: username differs from what the events say",
            "users: id {ALICE}: locked_at differs from what the events say",
        ],
    ),
    corruption(
        LOCKED,
        &["UPDATE users SET can_request_admin = {true} WHERE id = {alice}"],
        &["users: id {ALICE}: can_request_admin differs from what the events say"],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM users WHERE id = {alice}"],
        &["users: id {ALICE}: the row is missing"],
    ),
    corruption(
        LOCKED,
        &[
            "INSERT INTO users (id, username, created_at, can_request_admin, has_password, \
           sessions_valid_from) SELECT {uuid}, 'mallory', 1, can_request_admin, has_password, 1 \
           FROM users WHERE id = {bob}",
        ],
        &["users: id ", ": no event accounts for the row"],
    ),
    corruption(
        LOCKED,
        &["UPDATE user_emails SET user_id = {alice} WHERE user_id = {bob}"],
        &[
            "user_emails: id ",
            ": user_id differs from what the events say",
        ],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM user_emails WHERE user_id = {bob}"],
        &["user_emails: id ", ": the row is missing"],
    ),
    corruption(
        LOCKED,
        &[
            "INSERT INTO user_emails (id, user_id, email, email_folded, created_at) \
           SELECT {uuid}, id, 'm@example.com', 'm@example.com', 1 FROM users \
           WHERE id = {alice}",
        ],
        &["user_emails: id ", ": no event accounts for the row"],
    ),
    corruption(
        LOCKED,
        &["UPDATE oauth2_sessions SET finished_at = 1 WHERE user_id IS NULL"],
        &[
            "oauth2_sessions: id ",
            ": finished_at differs from what the events say",
        ],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM oauth2_sessions WHERE user_id = {alice}"],
        &["oauth2_sessions: id ", ": the row is missing"],
    ),
    corruption(
        LOCKED,
        &[
            "INSERT INTO oauth2_sessions (id, client_id, user_id, scope, created_at) \
           SELECT {uuid}, client_id, {alice}, scope, 1 FROM oauth2_sessions \
           WHERE user_id IS NULL",
        ],
        &["oauth2_sessions: id ", ": no event accounts for the row"],
    ),
    corruption(
        LOCKED,
        &["DELETE FROM erasures WHERE key_id = user_id"],
        &["erasures: key_id ", ": the row is missing"],
    ),
    corruption(
        LOCKED,
        &["UPDATE erasures SET position = 1 WHERE key_id = user_id"],
        &[
            "erasures: key_id ",
            ": position differs from what the events say",
        ],
    ),
];

/// What stands for values of the history at hand.
struct Names(Vec<(&'static str, String)>);

impl Names {
    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    }
}

async fn first_position(log: &TestLog, event_type: &str) -> i64 {
    let row = log
        .database
        .fetch_one(query("SELECT min(position) FROM events WHERE event_type = $1").bind(event_type))
        .await
        .unwrap();
    row.get(0).unwrap()
}

async fn whatever_is_altered_is_found_and_named(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let cast = rich_history(&log, &database).await;
    let head = log.head().await;
    assert_sound(&log, &database).await;
    save(&log).await;
    let id = |name: &str| format!("(SELECT id FROM saved_users WHERE username = '{name}')");
    for corruption in EVENTS.iter().chain(&BESIDE).chain(&READ_MODELS) {
        let position = first_position(&log, corruption.at).await;
        let names = Names(vec![
            ("{p}", position.to_string()),
            ("{next}", (position + 1).to_string()),
            ("{head}", head.to_string()),
            ("{before_head}", (head - 1).to_string()),
            ("{after_head}", (head + 1).to_string()),
            ("{alice}", id("alice")),
            ("{bob}", id("bob")),
            (
                "{erin}",
                "(SELECT user_id FROM saved_erasures WHERE key_id = user_id)".to_owned(),
            ),
            ("{ALICE}", cast.alice.to_string()),
            ("{ERIN}", cast.erin.to_string()),
        ]);
        let sql: Vec<String> = corruption.sql.iter().map(|sql| names.fill(sql)).collect();
        damage(&log, &sql).await;
        let report = check(&log, &database).await;
        let found = lines(&report);
        for says in corruption.says {
            let says = names.fill(says);
            assert!(
                found.iter().any(|line| line.contains(&says)),
                "{sql:?}\n{says}\nis not among\n{}",
                found.join("\n")
            );
        }
        restore(&log).await;
    }
    assert_sound(&log, &database).await;
}
