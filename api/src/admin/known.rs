//! What filters and bodies name by id has to exist (contract admin-api.md 3.8).

use std::collections::BTreeSet;

use muniment_domain::{BrowserSessionId, ClientId, UpstreamProviderId, UserId};
use muniment_projections::queries::{self, UserRow};

use super::{AdminError, Caller, error::Subject, schema::Id};
use crate::{accounts, policy::ResourceOwner};

/// Each is a condition of its own, of which a database takes only so many.
const MOST_SCOPES: usize = 100;

pub async fn user(caller: &Caller, id: UserId) -> Result<UserRow, AdminError> {
    accounts::get(&caller.app, id)
        .await
        .map_err(|error| AdminError::account(error, Subject::User(id)))
}

/// Whether whoever asks may add a way to sign in as a user: with a part of the admin scope not as
/// somebody who could grant the whole of it.
pub async fn may_take_over(caller: &Caller, id: UserId) -> Result<(), AdminError> {
    if caller.is_full {
        return Ok(());
    }
    let user = user(caller, id).await?;
    may_be_given(caller, &user.username, user.can_request_admin)
}

/// The same, of somebody who is about to be.
pub fn may_be_given(
    caller: &Caller,
    username: &str,
    can_request_admin: bool,
) -> Result<(), AdminError> {
    let owner = ResourceOwner {
        username,
        can_request_admin,
        session_counts: None,
    };
    if caller.is_full {
        return Ok(());
    }
    if caller.app.policy.rules().may_request_admin(&owner) {
        return Err(AdminError::wider_scope(&[]));
    }
    Ok(())
}

/// The user of a filter, if there is one.
pub async fn filtered_user(caller: &Caller, id: Option<Id>) -> Result<Option<UserId>, AdminError> {
    let id = id.map(Id::of);
    if let Some(id) = id {
        user(caller, id).await?;
    }
    Ok(id)
}

/// The browser session of a filter, if there is one.
pub async fn filtered_user_session(
    caller: &Caller,
    id: Option<Id>,
) -> Result<Option<BrowserSessionId>, AdminError> {
    let Some(id) = id.map(Id::of) else {
        return Ok(None);
    };
    queries::browser_session(&caller.app.reads, id)
        .await?
        .ok_or_else(|| AdminError::not_found(format!("User session ID {id} not found")))?;
    Ok(Some(id))
}

/// The clients of a filter.
pub async fn filtered_clients(
    caller: &Caller,
    ids: impl IntoIterator<Item = &Id>,
) -> Result<Vec<ClientId>, AdminError> {
    let mut found = Vec::new();
    for id in ids {
        let id: ClientId = id.of();
        let client = caller.app.clients.find(&caller.app.reads, id).await?;
        if client.is_none() {
            return Err(AdminError::not_found(format!("Client ID {id} not found")));
        }
        found.push(id);
    }
    Ok(found)
}

/// The provider of a filter, if there is one.
pub fn filtered_provider(
    caller: &Caller,
    id: Option<Id>,
) -> Result<Option<UpstreamProviderId>, AdminError> {
    let Some(id) = id.map(Id::of) else {
        return Ok(None);
    };
    if caller.app.upstream.find(id).is_none() {
        return Err(AdminError::not_found(format!("Provider ID {id} not found")));
    }
    Ok(Some(id))
}

/// The scope tokens of a filter, which are one each.
pub fn filtered_scope(values: &[String]) -> Result<Vec<String>, AdminError> {
    let wanted: BTreeSet<&String> = values.iter().collect();
    if wanted.len() > MOST_SCOPES {
        return Err(AdminError::bad_request(
            "Too many scopes in filter parameters",
        ));
    }
    for value in &wanted {
        let is_token = value
            .parse::<muniment_domain::Scope>()
            .is_ok_and(|scope| scope.iter().count() == 1 && !value.contains(' '));
        if !is_token {
            return Err(AdminError::bad_request(format!(
                "Invalid scope {value:?} in filter parameters"
            )));
        }
    }
    Ok(wanted.into_iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_of_scopes_has_one_token_a_value() {
        let good = ["openid", "urn:mas:admin", "openid"].map(str::to_owned);
        assert_eq!(filtered_scope(&good).unwrap(), good[..2]);
        let many: Vec<_> = (0..200).map(|n| n.to_string()).collect();
        assert!(filtered_scope(&many).is_err());
        for bad in ["", "a b", "a a", "a\nb"] {
            let error = filtered_scope(&[bad.to_owned()]).unwrap_err();
            let expected = format!("Invalid scope {bad:?} in filter parameters");
            assert_eq!(error.to_string(), expected);
        }
    }
}
