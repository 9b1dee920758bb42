//! Destroying keys: what they sealed can never be opened again.

use std::{collections::HashSet, sync::atomic::Ordering};

use uuid::Uuid;

use super::{KeyError, KeyRing};
use crate::sql::query;

/// A key that the log says is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Erasure {
    /// The person's own id for all keys of that person.
    pub key_id: Uuid,
    pub subject: Uuid,
}

impl Erasure {
    const fn is_of_all(self) -> bool {
        // Comparing UUIDs is not const.
        self.key_id.as_u128() == self.subject.as_u128()
    }
}

impl KeyRing {
    /// Destroys keys and forgets them. Those that are gone already stay so; none is ever made again.
    /// Answers how many erasures had something to do.
    pub async fn destroy(&self, erasures: &[Erasure]) -> Result<usize, KeyError> {
        let done = self.destroyed_among(erasures).await?;
        let mut count = 0;
        for erasure in erasures {
            if !done.contains(&erasure.key_id) {
                self.destroy_one(*erasure).await?;
                count += 1;
            }
        }
        self.forget(erasures).await;
        Ok(count)
    }

    /// A person's keys go in one transaction, so that their own key, once gone, tells that all are.
    async fn destroyed_among(&self, erasures: &[Erasure]) -> Result<HashSet<Uuid>, KeyError> {
        if erasures.is_empty() {
            return Ok(HashSet::new());
        }
        let mut statement = query(format!(
            "SELECT id FROM {} WHERE wrapped IS NULL AND id IN (",
            self.table("subject_keys")
        ));
        for (index, erasure) in erasures.iter().enumerate() {
            let placeholder = if index == 0 { "{}" } else { ", {}" };
            statement = statement.push_with(placeholder, erasure.key_id);
        }
        let rows = self.database.fetch_all(statement.push(")")).await?;
        let ids: Result<_, _> = rows.iter().map(|row| row.get("id")).collect();
        Ok(ids?)
    }

    async fn destroy_one(&self, erasure: Erasure) -> Result<(), KeyError> {
        let table = self.table("subject_keys");
        let mut transaction = self.database.begin().await?;
        if erasure.is_of_all() {
            transaction
                .execute(
                    query(format!(
                        "UPDATE {table} SET wrapped = NULL, wrapped_by = NULL WHERE subject = $1"
                    ))
                    .bind(erasure.subject),
                )
                .await?;
        }
        transaction
            .execute(
                query(format!(
                    "INSERT INTO {table} (id, subject) VALUES ($1, $2) \
                     ON CONFLICT (id) DO UPDATE SET wrapped = NULL, wrapped_by = NULL"
                ))
                .bind(erasure.key_id)
                .bind(erasure.subject),
            )
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn forget(&self, erasures: &[Erasure]) {
        self.destructions.fetch_add(1, Ordering::SeqCst);
        let subjects: HashSet<Uuid> = erasures
            .iter()
            .filter(|erasure| erasure.is_of_all())
            .map(|erasure| erasure.subject)
            .collect();
        let mut forgotten: Vec<Uuid> = erasures.iter().map(|erasure| erasure.key_id).collect();
        if !subjects.is_empty() {
            forgotten.extend(
                self.cache
                    .iter()
                    .filter(|(_, cached)| subjects.contains(&cached.subject))
                    .map(|(id, _)| *id),
            );
        }
        for id in forgotten {
            self.cache.invalidate(&id).await;
        }
        let about: HashSet<Uuid> = erasures.iter().map(|erasure| erasure.subject).collect();
        self.forget_opened(&about).await;
    }

    /// Leaves nothing in the store's files of keys that were there.
    pub async fn scrub(&self) -> Result<bool, KeyError> {
        let tables = [self.table("subject_keys"), self.table("program_keys")];
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        Ok(self.database.scrub(&tables).await?)
    }
}
