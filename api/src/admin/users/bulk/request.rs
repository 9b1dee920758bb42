use std::collections::BTreeSet;

use muniment_domain::{Scope, UserId};
use poem_openapi::Object;
use serde::Deserialize;

use super::{filter::BulkUsersFilter, selection::Selection};
use crate::{
    accounts::UserChange,
    admin::{AdminError, Caller, query::words, schema::Id},
};

/// How many users can be named.
const MOST: usize = 10_000;

words! {
    /// What is done to each user
    pub enum BulkUsersAction {
        Lock = "lock",
        Unlock = "unlock",
        Deactivate = "deactivate",
        EndSessions = "end-sessions",
    }
}

/// JSON payload for the `POST /api/admin/v1/users/bulk` endpoint
// What is misspelt must not count as left out.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub struct BulkUsersRequest {
    /// What is done to each user
    action: BulkUsersAction,
    /// The users, at most 10,000; or else `filter`
    #[serde(default)]
    #[oai(nullable, validator(max_items = "10000"))]
    users: Option<Vec<Id>>,
    /// Which users, by the filters of `listUsers`; or else `users`. Without a condition it is all. Your
    /// own account is refused, and those who are registered meanwhile are left alone.
    #[serde(default)]
    #[oai(nullable)]
    filter: Option<BulkUsersFilter>,
    /// Whether to only tell what would be done
    #[serde(default = "yes")]
    #[oai(default = "yes")]
    dry_run: bool,
    /// How many users there have to be, as the summary of a dry run has told; else nothing is done.
    /// Required unless it is a dry run.
    #[serde(default)]
    #[oai(nullable, validator(minimum(value = "0")))]
    expected_count: Option<u64>,
    /// Only users with greater ids than this, which is the last of an answer that was cut
    #[serde(default)]
    #[oai(nullable)]
    after: Option<Id>,
    /// When deactivating: whether to skip requesting the homeserver to GDPR-erase the users
    #[serde(default)]
    #[oai(default)]
    skip_erase: bool,
    /// When ending sessions: whether the personal sessions that the users own are revoked as well
    #[serde(default)]
    #[oai(default)]
    personal_sessions: bool,
}

const fn yes() -> bool {
    true
}

/// What is to be done, and to whom.
pub struct Wanted {
    pub change: UserChange,
    pub selection: Selection,
    /// Whoever is picked by a filter may not be whoever picks.
    pub spares_caller: bool,
    /// Whether to say whom a name belongs to.
    pub shows_names: bool,
    pub dry_run: bool,
    pub expected_count: Option<u64>,
}

impl BulkUsersRequest {
    /// The request, once it is known to be allowed and to make sense.
    pub async fn checked(self, caller: &Caller) -> Result<Wanted, AdminError> {
        const LOOKING: [&str; 2] = [Scope::ADMIN_READ, Scope::ADMIN_USERS];
        caller.check_scope(&[self.action.scope()])?;
        if !self.dry_run && self.expected_count.is_none() {
            return Err(AdminError::bad_request(
                "`expected_count` is required unless it is a dry run",
            ));
        }
        let after = self.after.map(Id::of);
        let spares_caller = self.filter.is_some();
        let change = self.change();
        let selection = match (self.users, self.filter) {
            (Some(users), None) => listed(&users, after)?,
            (None, Some(filter)) => {
                // It tells whom there is.
                caller.check_scope(&LOOKING)?;
                let filter = filter.read()?.checked(caller).await?;
                Selection::filtered(&caller.app.database, filter, after).await?
            }
            (Some(_), Some(_)) | (None, None) => {
                return Err(AdminError::bad_request(
                    "Expected exactly one of `users` and `filter`",
                ));
            }
        };
        Ok(Wanted {
            change,
            selection,
            spares_caller,
            shows_names: caller.check_scope(&LOOKING).is_ok(),
            dry_run: self.dry_run,
            expected_count: self.expected_count,
        })
    }

    const fn change(&self) -> UserChange {
        match self.action {
            BulkUsersAction::Lock => UserChange::Lock,
            BulkUsersAction::Unlock => UserChange::Unlock,
            BulkUsersAction::Deactivate => UserChange::Deactivate {
                erase: !self.skip_erase,
            },
            BulkUsersAction::EndSessions => UserChange::EndSessions {
                personal: self.personal_sessions,
            },
        }
    }
}

impl BulkUsersAction {
    /// What it takes besides the whole scope, as the operation on one user does.
    const fn scope(self) -> &'static str {
        match self {
            Self::Lock | Self::Unlock | Self::Deactivate => Scope::ADMIN_USERS,
            Self::EndSessions => Scope::ADMIN_SESSIONS,
        }
    }
}

/// Each of them once.
fn listed(users: &[Id], after: Option<UserId>) -> Result<Selection, AdminError> {
    if users.len() > MOST {
        return Err(AdminError::bad_request(format!(
            "At most {MOST} users can be named"
        )));
    }
    let ids: BTreeSet<UserId> = users.iter().map(|id| id.of()).collect();
    let ids = ids.into_iter();
    let ids = ids.filter(|id| after.is_none_or(|after| *id > after));
    Ok(Selection::Listed(ids.collect()))
}
