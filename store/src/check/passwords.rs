//! Which passwords the vault should hold, worked out from the events that say they were set.
//!
//! A password that another has replaced may be there or not, but never in the other's place.

use muniment_domain::{Event, Oauth2SessionEvent, PolicyDataEvent, UserEvent};

use super::{Finding, Findings, Pair, merge, row_place};
use crate::{
    sql::{Cell, DatabaseError, Transaction, query},
    vault::VaultWrite,
};

pub(super) async fn prepare(scratch: &mut Transaction) -> Result<(), DatabaseError> {
    for statement in [
        "CREATE TABLE check_passwords (id BLOB NOT NULL PRIMARY KEY, user_id BLOB NOT NULL, \
         set_at INTEGER NOT NULL, replaced_at INTEGER) STRICT, WITHOUT ROWID",
        "CREATE INDEX check_passwords_user_idx ON check_passwords (user_id)",
    ] {
        scratch.execute(query(statement)).await?;
    }
    Ok(())
}

pub(super) async fn fold(
    scratch: &mut Transaction,
    event: &Event,
    position: i64,
) -> Result<(), DatabaseError> {
    match event {
        Event::User(UserEvent::UserPasswordSet {
            user_id,
            password_id,
            ..
        }) => {
            scratch
                .execute(
                    query(
                        "UPDATE check_passwords SET replaced_at = $1 \
                         WHERE user_id = $2 AND replaced_at IS NULL",
                    )
                    .bind(position)
                    .bind(user_id.as_uuid()),
                )
                .await?;
            scratch
                .execute(
                    query(
                        "INSERT OR REPLACE INTO check_passwords (id, user_id, set_at) \
                         VALUES ($1, $2, $3)",
                    )
                    .bind(password_id.as_uuid())
                    .bind(user_id.as_uuid())
                    .bind(position),
                )
                .await?;
        }
        Event::User(
            UserEvent::UserRegistered { .. }
            | UserEvent::UserEmailAdded { .. }
            | UserEvent::UserLocked { .. }
            | UserEvent::UserUnlocked { .. }
            | UserEvent::UserDeactivated { .. }
            | UserEvent::UserReactivated { .. }
            | UserEvent::UserErased { .. }
            | UserEvent::UserAdminGranted { .. }
            | UserEvent::UserAdminRevoked { .. }
            | UserEvent::UserEmailRemoved { .. },
        )
        | Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted { .. })
        | Event::PolicyData(PolicyDataEvent::PolicyDataSet { .. }) => {}
    }
    for write in VaultWrite::implied_by(event) {
        match write {
            VaultWrite::DestroyPasswords { user_id } => {
                scratch
                    .execute(
                        query("DELETE FROM check_passwords WHERE user_id = $1")
                            .bind(user_id.as_uuid()),
                    )
                    .await?;
            }
            VaultWrite::PutPassword { .. }
            | VaultWrite::PutAccessToken { .. }
            | VaultWrite::DestroyTokens { .. }
            | VaultWrite::DestroyActivity { .. } => {}
        }
    }
    Ok(())
}

/// Compares with the live vault; answers how many passwords it holds.
pub(super) async fn compare(
    scratch: &mut Transaction,
    live: &mut Transaction,
    findings: &mut Findings,
) -> Result<u64, DatabaseError> {
    let expected =
        query("SELECT id, user_id, set_at, replaced_at FROM check_passwords ORDER BY id");
    let found = query("SELECT id, user_id, position FROM user_passwords ORDER BY id");
    merge((scratch, expected), (live, found), 1, |pair| {
        let mut add = |row: &[Cell], column: Option<&str>, problem: &str| {
            findings.add(Finding {
                table: "user_passwords".to_owned(),
                place: row_place([("id", &row[0])]),
                column: column.map(str::to_owned),
                problem: problem.to_owned(),
            });
        };
        match pair {
            Pair::Missing(row) if row[3] == Cell::Null => {
                add(&row, None, "the current password of a user is missing");
            }
            Pair::Missing(_) => {}
            Pair::Foreign(row) => add(&row, None, "no event accounts for the row"),
            Pair::Both { expected, found } => {
                if expected[1] != found[1] {
                    let problem = "user_id differs from what the events say";
                    add(&found, Some("user_id"), problem);
                }
                // That of the last event of the append, which the log does not tell.
                let in_place = found[2] >= expected[2]
                    && (expected[3] == Cell::Null || found[2] < expected[3]);
                if !in_place {
                    let problem = "position is not that of the event that set the password";
                    add(&found, Some("position"), problem);
                }
            }
        }
    })
    .await
}
