//! Wrapping every key anew under the current secret. What the keys have sealed is not touched.

use uuid::Uuid;

use super::{KeyError, KeyRing, ring::context};
use crate::sql::query;

/// Keys wrapped in one transaction.
const PAGE: u32 = 500;

/// A key as it is stored.
struct Row {
    id: Uuid,
    subject: Uuid,
    wrapped: Vec<u8>,
    by: Vec<u8>,
}

impl KeyRing {
    /// How many keys are wrapped under a secret other than the current one.
    pub async fn wrapped_otherwise(&self) -> Result<u64, KeyError> {
        let mut count = 0;
        for table in ["subject_keys", "program_keys"] {
            let row = self
                .database
                .fetch_one(
                    query(format!(
                        "SELECT count(*) FROM {} WHERE wrapped_by <> $1",
                        self.table(table)
                    ))
                    .bind(self.current().name.as_slice()),
                )
                .await?;
            count += u64::try_from(row.get::<i64, _>(0)?).unwrap_or(0);
        }
        Ok(count)
    }

    /// Wraps them under the current secret, some at a time; `progress` is told how many. May be
    /// interrupted: the next run goes on with what is left.
    pub async fn rewrap(&self, mut progress: impl FnMut(u64) + Send) -> Result<(), KeyError> {
        self.rewrap_program_keys(&mut progress).await?;
        let mut after = Uuid::nil();
        loop {
            let page = self.page(after).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.id;
            let mut transaction = self.database.begin().await?;
            for row in &page {
                let wrapped = self.wrap_anew(&context(row.subject, row.id), row)?;
                // Unless it was destroyed meanwhile, which must not be undone.
                transaction
                    .execute(
                        query(format!(
                            "UPDATE {} SET wrapped = $1, wrapped_by = $2 \
                             WHERE id = $3 AND wrapped_by = $4",
                            self.table("subject_keys")
                        ))
                        .bind(wrapped)
                        .bind(self.current().name.as_slice())
                        .bind(row.id)
                        .bind(row.by.as_slice()),
                    )
                    .await?;
            }
            transaction.commit().await?;
            progress(page.len() as u64);
        }
    }

    fn wrap_anew(&self, context: &[u8], row: &Row) -> Result<Vec<u8>, KeyError> {
        let key = self.unwrap(context, &row.wrapped, &row.by)?;
        self.current()
            .key
            .seal(self.entropy(), context, key.as_slice())
    }

    async fn page(&self, after: Uuid) -> Result<Vec<Row>, KeyError> {
        let rows = self
            .database
            .fetch_all(
                query(format!(
                    "SELECT id, subject, wrapped, wrapped_by FROM {} \
                     WHERE id > $1 AND wrapped_by <> $2 ORDER BY id LIMIT $3",
                    self.table("subject_keys")
                ))
                .bind(after)
                .bind(self.current().name.as_slice())
                .bind(PAGE),
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Row {
                    id: row.get("id")?,
                    subject: row.get("subject")?,
                    wrapped: row.get("wrapped")?,
                    by: row.get("wrapped_by")?,
                })
            })
            .collect()
    }

    async fn rewrap_program_keys(
        &self,
        progress: &mut (impl FnMut(u64) + Send),
    ) -> Result<(), KeyError> {
        let table = self.table("program_keys");
        let rows = self
            .database
            .fetch_all(
                query(format!(
                    "SELECT name, wrapped, wrapped_by FROM {table} WHERE wrapped_by <> $1"
                ))
                .bind(self.current().name.as_slice()),
            )
            .await?;
        for row in &rows {
            let name: String = row.get("name")?;
            let old = Row {
                id: Uuid::nil(),
                subject: Uuid::nil(),
                wrapped: row.get("wrapped")?,
                by: row.get("wrapped_by")?,
            };
            let wrapped = self.wrap_anew(name.as_bytes(), &old)?;
            let mut transaction = self.database.begin().await?;
            transaction
                .execute(
                    query(format!(
                        "UPDATE {table} SET wrapped = $1, wrapped_by = $2 WHERE name = $3"
                    ))
                    .bind(wrapped)
                    .bind(self.current().name.as_slice())
                    .bind(name),
                )
                .await?;
            transaction.commit().await?;
            progress(1);
        }
        Ok(())
    }
}
