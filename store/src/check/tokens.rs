//! Whether the vault's tokens belong to sessions that the log knows, and to nobody who was erased.

use muniment_domain::{CompatSessionEvent, Event, Oauth2SessionEvent, PersonalSessionEvent};
use uuid::Uuid;

use super::{Finding, Findings, Pair, merge, row_place};
use crate::sql::{DatabaseError, Transaction, query};

/// Each table of tokens, and what its sessions are.
const TABLES: [(&str, &str); 5] = [
    ("oauth2_access_tokens", OAUTH2),
    ("oauth2_refresh_tokens", OAUTH2),
    ("compat_access_tokens", COMPAT),
    ("compat_refresh_tokens", COMPAT),
    ("personal_access_tokens", PERSONAL),
];
const OAUTH2: &str = "oauth2";
const COMPAT: &str = "compat";
const PERSONAL: &str = "personal";

pub(super) async fn prepare(scratch: &mut Transaction) -> Result<(), DatabaseError> {
    scratch
        .execute(query(
            "CREATE TABLE check_sessions (kind TEXT NOT NULL, id BLOB NOT NULL, \
             PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID",
        ))
        .await?;
    Ok(())
}

pub(super) async fn fold(scratch: &mut Transaction, event: &Event) -> Result<(), DatabaseError> {
    let Some((kind, id)) = starts(event) else {
        return Ok(());
    };
    let insert = "INSERT OR IGNORE INTO check_sessions (kind, id) VALUES ($1, $2)";
    scratch.execute(query(insert).bind(kind).bind(id)).await?;
    Ok(())
}

fn starts(event: &Event) -> Option<(&'static str, Uuid)> {
    match event {
        Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted { session_id, .. }) => {
            Some((OAUTH2, session_id.as_uuid()))
        }
        Event::CompatSession(CompatSessionEvent::CompatSessionStarted { session_id, .. }) => {
            Some((COMPAT, session_id.as_uuid()))
        }
        Event::PersonalSession(PersonalSessionEvent::PersonalSessionCreated {
            session_id, ..
        }) => Some((PERSONAL, session_id.as_uuid())),
        _ => None,
    }
}

/// Answers how many tokens the vault holds.
pub(super) async fn check(
    scratch: &mut Transaction,
    live: &mut Transaction,
    findings: &mut Findings,
) -> Result<u64, DatabaseError> {
    let mut count = 0;
    for (table, kind) in TABLES {
        let mut add = |column: &str, row: &crate::sql::Cell, problem: &str| {
            findings.add(Finding {
                table: table.to_owned(),
                place: row_place([(column, row)]),
                column: Some(column.to_owned()),
                problem: problem.to_owned(),
            });
        };
        let known = query("SELECT id FROM check_sessions WHERE kind = $1 ORDER BY id").bind(kind);
        let found = query(format!(
            "SELECT session_id FROM {table} GROUP BY session_id ORDER BY session_id"
        ));
        merge((&mut *scratch, known), (&mut *live, found), 1, |pair| {
            if let Pair::Foreign(row) = pair {
                add("session_id", &row[0], "there is no such session in the log");
            }
        })
        .await?;
        let erased =
            query("SELECT subject FROM check_erasures WHERE key_id = subject ORDER BY subject");
        let found = query(format!(
            "SELECT user_id FROM {table} WHERE user_id IS NOT NULL \
             GROUP BY user_id ORDER BY user_id"
        ));
        merge((&mut *scratch, erased), (&mut *live, found), 1, |pair| {
            if let Pair::Both { found, .. } = pair {
                add(
                    "user_id",
                    &found[0],
                    "there are tokens of a user who was erased",
                );
            }
        })
        .await?;
        let rows = query(format!("SELECT count(*) FROM {table}"));
        if let Some(row) = live.fetch_optional(rows).await? {
            count += u64::try_from(row.get::<i64, _>(0)?).unwrap_or_default();
        }
    }
    Ok(count)
}
