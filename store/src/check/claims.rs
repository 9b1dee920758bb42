//! Who holds which name and address, worked out from the events.

use muniment_domain::{
    Claim, ClaimKind, Event, Oauth2SessionEvent, Pii, PolicyDataEvent, UserEvent,
};
use uuid::Uuid;

use super::{Finding, Findings, Pair, merge, row_place};
use crate::{
    ClaimHasher,
    sql::{Cell, DatabaseError, Dialect, Transaction, query},
};

pub(super) async fn prepare(scratch: &mut Transaction) -> Result<(), DatabaseError> {
    scratch
        .execute(query(
            "CREATE TABLE check_claims (kind TEXT NOT NULL, reference BLOB NOT NULL, \
             owner BLOB NOT NULL, digest BLOB, PRIMARY KEY (kind, reference)) \
             STRICT, WITHOUT ROWID",
        ))
        .await?;
    Ok(())
}

/// Takes and frees what an event takes and frees.
pub(super) async fn fold(
    scratch: &mut Transaction,
    hasher: &ClaimHasher,
    event: &Event,
) -> Result<(), DatabaseError> {
    for claim in event.claims() {
        match claim {
            Claim::Take {
                kind,
                value,
                owner,
                reference,
            } => {
                let digest = hasher.digest(kind, &value);
                take(scratch, kind, owner, reference, Some(&digest)).await?;
            }
            Claim::Free { kind, reference } => {
                scratch
                    .execute(
                        query("DELETE FROM check_claims WHERE kind = $1 AND reference = $2")
                            .bind(kind.as_str())
                            .bind(reference),
                    )
                    .await?;
            }
        }
    }
    if let Some((kind, owner, reference)) = takes_unreadable(event) {
        take(scratch, kind, owner, reference, None).await?;
    }
    Ok(())
}

async fn take(
    scratch: &mut Transaction,
    kind: ClaimKind,
    owner: Uuid,
    reference: Uuid,
    digest: Option<&[u8]>,
) -> Result<(), DatabaseError> {
    scratch
        .execute(
            query(
                "INSERT OR REPLACE INTO check_claims (kind, reference, owner, digest) \
                 VALUES ($1, $2, $3, $4)",
            )
            .bind(kind.as_str())
            .bind(reference)
            .bind(owner)
            .bind(digest),
        )
        .await?;
    Ok(())
}

/// What an event takes whose value is gone: kind, owner, reference.
fn takes_unreadable(event: &Event) -> Option<(ClaimKind, Uuid, Uuid)> {
    match event {
        Event::User(UserEvent::UserRegistered {
            user_id,
            username: Pii::Shredded(()),
            ..
        }) => Some((ClaimKind::Username, user_id.as_uuid(), user_id.as_uuid())),
        Event::User(UserEvent::UserEmailAdded {
            user_id,
            email_id,
            email: Pii::Shredded(()),
            ..
        }) => Some((ClaimKind::Email, user_id.as_uuid(), email_id.as_uuid())),
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
            | UserEvent::UserEmailRemoved { .. }
            | UserEvent::UserPasswordSet { .. },
        )
        | Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted { .. })
        | Event::PolicyData(PolicyDataEvent::PolicyDataSet { .. }) => None,
    }
}

const KEY: [&str; 2] = ["kind", "reference"];

/// Compares with the live claims; answers how many those are.
pub(super) async fn compare(
    scratch: &mut Transaction,
    live: &mut Transaction,
    findings: &mut Findings,
) -> Result<u64, DatabaseError> {
    let expected =
        query("SELECT kind, reference, owner, digest FROM check_claims ORDER BY kind, reference");
    let found = match live.dialect() {
        Dialect::Sqlite => {
            "SELECT kind, reference, owner, digest FROM claims ORDER BY kind, reference, digest"
        }
        Dialect::Postgres => {
            "SELECT kind, reference, owner, digest FROM claims \
             ORDER BY kind COLLATE \"C\", reference, digest"
        }
    };
    merge(
        (scratch, expected),
        (live, query(found)),
        KEY.len(),
        |pair| {
            let mut add = |row: &[Cell], column: Option<&str>, problem: &str| {
                findings.add(Finding {
                    table: "claims".to_owned(),
                    place: row_place(KEY.into_iter().zip(&row[..KEY.len()])),
                    column: column.map(str::to_owned),
                    problem: problem.to_owned(),
                });
            };
            match pair {
                Pair::Missing(row) => add(&row, None, "the row is missing"),
                Pair::Foreign(row) => add(&row, None, "no event accounts for the row"),
                Pair::Both { expected, found } => {
                    if expected[2] != found[2] {
                        add(
                            &found,
                            Some("owner"),
                            "owner differs from what the events say",
                        );
                    }
                    // Nobody can tell any more what an unreadable value's digest should be.
                    if expected[3] != Cell::Null && expected[3] != found[3] {
                        let problem = "digest is not that of the value in the events";
                        add(&found, Some("digest"), problem);
                    }
                }
            }
        },
    )
    .await
}
