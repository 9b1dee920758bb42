//! The program's own keys: random, made when they are first asked for, kept by name.

use zeroize::Zeroizing;

use super::{KeyError, KeyRing};
use crate::sql::query;

impl KeyRing {
    /// The key called `name`, made and stored now if there is none yet. Names are stored: never
    /// change one.
    pub(crate) async fn program_key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        if let Some(key) = self.stored_program_key(name).await? {
            return Ok(key);
        }
        let wrapped = self.fresh(name.as_bytes())?;
        self.database
            .execute(
                query(format!(
                    "INSERT INTO {} (name, wrapped, wrapped_by) VALUES ($1, $2, $3) \
                     ON CONFLICT DO NOTHING",
                    self.table("program_keys")
                ))
                .bind(name)
                .bind(wrapped)
                .bind(self.current().name.as_slice()),
            )
            .await?;
        // Another process may have been first: what is stored counts.
        self.stored_program_key(name)
            .await?
            .ok_or(KeyError::Missing)
    }

    pub(super) async fn stored_program_key(
        &self,
        name: &str,
    ) -> Result<Option<Zeroizing<[u8; 32]>>, KeyError> {
        let row = self
            .database
            .fetch_optional(
                query(format!(
                    "SELECT wrapped, wrapped_by FROM {} WHERE name = $1",
                    self.table("program_keys")
                ))
                .bind(name),
            )
            .await?;
        row.map(|row| {
            self.unwrap(
                name.as_bytes(),
                &row.get::<Vec<u8>, _>(0)?,
                &row.get::<Vec<u8>, _>(1)?,
            )
        })
        .transpose()
    }
}
