//! What the mutations that make personal tokens have in common: only their owner may, in a browser and
//! with the password, and a token may never do more than its owner could allow a client to do.

use async_graphql::Result;
use muniment_domain::{Scope, UserId};
use muniment_projections::queries::{self, UserRow};

use crate::{
    graphql::context::RequestContext,
    policy::{RequestedBy, ResourceOwner, SessionCounts},
};

/// The sessions that a user has, which one more may make too many.
pub async fn sessions_of(request: &RequestContext, user: UserId) -> Result<SessionCounts> {
    let counts = queries::session_counts(&request.app.database, user)
        .await
        .map_err(|error| request.failure(error))?;
    Ok(SessionCounts {
        oauth2: counts.oauth2,
        compat: counts.compat,
        personal: counts.personal,
    })
}

/// Why the policy is against a token of this scope, for people; empty when it is not. `sessions` are
/// those that there are, if it is to be one more.
pub fn violations(
    request: &RequestContext,
    user: &UserRow,
    scope: &Scope,
    sessions: Option<SessionCounts>,
) -> Vec<String> {
    let owner = ResourceOwner {
        username: &user.username,
        can_request_admin: user.can_request_admin,
        session_counts: sessions,
    };
    let requester = RequestedBy {
        ip_address: request.client_ip,
        user_agent: None,
    };
    let rules = request.app.policy.rules();
    let violations = rules.personal_token(owner, scope, requester);
    violations.into_iter().map(|one| one.msg).collect()
}

/// How long a token is to be good, in seconds, if it is to end: that it is a time at all.
pub fn lifetime(expires_in: Option<i32>) -> Result<Option<u32>, ()> {
    expires_in
        .map(|seconds| u32::try_from(seconds).ok().filter(|seconds| *seconds > 0))
        .map(|seconds| seconds.ok_or(()))
        .transpose()
}
