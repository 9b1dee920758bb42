//! What a user has open, to be ended.

use muniment_domain::{
    BrowserSessionId, CompatSessionId, Oauth2SessionId, PersonalSessionId, UserId,
};
use muniment_store::sql::{DatabaseError, query};
use uuid::Uuid;

use crate::{
    browser_sessions::BrowserSessions, compat_sessions::CompatSessions,
    oauth2_sessions::Oauth2Sessions, personal_sessions::PersonalSessions, reads::Reads,
};

/// Sessions that go on, the oldest of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionsGoingOn {
    pub browser: Vec<BrowserSessionId>,
    pub oauth2: Vec<Oauth2SessionId>,
    pub compat: Vec<CompatSessionId>,
    /// Those that the user owns.
    pub personal: Vec<PersonalSessionId>,
}

/// A user's sessions that go on, at most `limit` of each kind. An error while a read model is stopped
/// that has some, so that nobody takes those it does not know of for ended.
pub async fn sessions_going_on(
    reads: &Reads,
    user: UserId,
    limit: u32,
) -> Result<SessionsGoingOn, DatabaseError> {
    reads
        .refuse_stopped(&[
            &BrowserSessions,
            &Oauth2Sessions,
            &CompatSessions,
            &PersonalSessions,
        ])
        .await?;
    let find = async |table: &str, owner: &str, end: &str| {
        let found = query(format!(
            "SELECT id FROM {table} WHERE {owner} = $1 AND {end} IS NULL ORDER BY id LIMIT $2"
        ));
        let found = found.bind(user.as_uuid()).bind(limit);
        let rows = reads.database().fetch_all(found).await?;
        rows.iter()
            .map(|row| row.get("id"))
            .collect::<Result<Vec<Uuid>, DatabaseError>>()
    };
    let browser = find("browser_sessions", "user_id", "finished_at").await?;
    let oauth2 = find("oauth2_sessions", "user_id", "finished_at").await?;
    let compat = find("compat_sessions", "user_id", "finished_at").await?;
    let personal = find("personal_sessions", "owner_user_id", "revoked_at").await?;
    Ok(SessionsGoingOn {
        browser: browser.into_iter().map(Into::into).collect(),
        oauth2: oauth2.into_iter().map(Into::into).collect(),
        compat: compat.into_iter().map(Into::into).collect(),
        personal: personal.into_iter().map(Into::into).collect(),
    })
}
