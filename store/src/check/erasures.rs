//! Whether the keys are gone that the log says are destroyed.

use std::{collections::BTreeSet, time::Duration};

use muniment_domain::{EmailId, Event, RegistrationTokenEvent, UserEvent};
use uuid::Uuid;

use super::{Finding, Findings, row_place, subject_keys};
use crate::{
    keys::Erasure,
    sql::{Cell, Database, DatabaseError, Transaction, query},
};

/// Erasures looked at together.
const PAGE: u32 = 200;
/// How long whoever erased somebody has to destroy the keys: a server looks after those of other
/// processes every two seconds.
const GRACE: Duration = Duration::from_secs(5);

pub(super) async fn prepare(scratch: &mut Transaction) -> Result<(), DatabaseError> {
    scratch
        .execute(query(
            "CREATE TABLE check_erasures (key_id BLOB NOT NULL PRIMARY KEY, \
             subject BLOB NOT NULL) STRICT, WITHOUT ROWID",
        ))
        .await?;
    Ok(())
}

pub(super) async fn fold(scratch: &mut Transaction, event: &Event) -> Result<(), DatabaseError> {
    let (subject, keys): (Uuid, Vec<Uuid>) = match event {
        Event::User(UserEvent::UserErased { user_id }) => {
            (user_id.as_uuid(), vec![user_id.as_uuid()])
        }
        Event::User(UserEvent::UserDeactivated {
            user_id,
            shredded_emails,
            ..
        }) => {
            let keys = shredded_emails.iter().map(EmailId::as_uuid).collect();
            (user_id.as_uuid(), keys)
        }
        Event::RegistrationToken(RegistrationTokenEvent::RegistrationTokenInviteeForgotten {
            token_id,
        }) => (token_id.as_uuid(), vec![token_id.as_uuid()]),
        _ => return Ok(()),
    };
    for key in keys {
        let insert = "INSERT OR IGNORE INTO check_erasures (key_id, subject) VALUES ($1, $2)";
        scratch
            .execute(query(insert).bind(key).bind(subject))
            .await?;
    }
    Ok(())
}

/// Reports each key that should not be there any more.
pub(super) async fn check(
    scratch: &mut Transaction,
    keys: &Database,
    findings: &mut Findings,
) -> Result<(), DatabaseError> {
    let mut left = left_over(scratch, keys).await?;
    if !left.is_empty() {
        // An erasure may be under way.
        tokio::time::sleep(GRACE).await;
        let still = left_over(scratch, keys).await?;
        left.retain(|id| still.contains(id));
    }
    for id in left {
        let id = Cell::Bytes(id.as_bytes().to_vec());
        findings.add(Finding {
            table: "subject_keys".to_owned(),
            place: row_place([("id", &id)]),
            column: Some("wrapped".to_owned()),
            problem: "the key is there, which the log says is destroyed".to_owned(),
        });
    }
    Ok(())
}

async fn left_over(
    scratch: &mut Transaction,
    keys: &Database,
) -> Result<BTreeSet<Uuid>, DatabaseError> {
    let mut left = BTreeSet::new();
    let mut after = Uuid::nil();
    loop {
        let page = query("SELECT key_id, subject FROM check_erasures WHERE key_id > $1")
            .bind(after)
            .push_with(" ORDER BY key_id LIMIT {}", PAGE);
        let page = scratch.fetch_all(page).await?;
        let page: Vec<Erasure> = page
            .iter()
            .map(|row| {
                Ok(Erasure {
                    key_id: row.get("key_id")?,
                    subject: row.get("subject")?,
                })
            })
            .collect::<Result<_, DatabaseError>>()?;
        let Some(last) = page.last() else {
            return Ok(left);
        };
        after = last.key_id;
        left.extend(there_of(keys, &page).await?);
    }
}

async fn there_of(keys: &Database, erasures: &[Erasure]) -> Result<Vec<Uuid>, DatabaseError> {
    let mut found = query(format!(
        "SELECT id FROM {} WHERE wrapped IS NOT NULL AND (1 = 0",
        subject_keys(keys)
    ));
    for erasure in erasures {
        found = if erasure.key_id == erasure.subject {
            found.push_with(" OR subject = {}", erasure.subject)
        } else {
            found.push_with(" OR id = {}", erasure.key_id)
        };
    }
    let rows = keys.fetch_all(found.push(")")).await?;
    rows.iter().map(|row| row.get("id")).collect()
}
