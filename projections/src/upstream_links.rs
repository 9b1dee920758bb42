//! `upstream_links`: who users are at upstream providers.

use muniment_domain::{Event, UserEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{
    Projection, Target,
    projection::{Write, readable},
};

#[derive(Debug)]
pub(crate) struct UpstreamLinks;

impl Projection for UpstreamLinks {
    fn name(&self) -> &'static str {
        "upstream_links"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["upstream_links"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let table = target.table("upstream_links");
        let at = applied.record.recorded_at;
        let statement = match applied.event {
            Event::User(UserEvent::UserUpstreamLinked {
                user_id,
                link_id,
                provider_id,
                subject,
                account_name,
            }) => {
                // Of an erased person nothing is left to sign in by.
                let Some(subject) = readable(self, applied, Some(subject))? else {
                    return Ok(Vec::new());
                };
                let name = readable(self, applied, account_name.as_ref())?;
                query(format!(
                    "INSERT INTO {table} \
                     (id, provider_id, user_id, subject, human_account_name, \
                     human_account_name_folded, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)"
                ))
                .bind(link_id.as_uuid())
                .bind(provider_id.as_uuid())
                .bind(user_id.as_uuid())
                .bind(subject.as_str())
                .bind(name.cloned())
                .bind(name.map(|name| name.to_lowercase()))
                .bind(at)
            }
            Event::User(UserEvent::UserUpstreamUnlinked { link_id, .. }) => {
                query(format!("DELETE FROM {table} WHERE id = $1")).bind(link_id.as_uuid())
            }
            _ => return Ok(Vec::new()),
        };
        Ok(Write::stream(statement))
    }
}
