//! The fields of `Subscription` (ours). Each ends when its requester may not follow any longer.

mod history;

use async_graphql::MergedSubscription;
use muniment_domain::UserId;
use muniment_store::log::Position;

use super::requester::Credentials;
use crate::app::App;

/// What a subscription began with; given to every resolver of one.
#[derive(Debug)]
pub struct Begun {
    /// Where the log stood.
    pub at: Position,
    /// By what the requester was identified.
    pub credentials: Credentials,
}

impl Begun {
    /// Whether the requester would still be identified as this user.
    async fn is_still(&self, app: &App, user: UserId) -> bool {
        let now = self.credentials.identify(app).await;
        now.is_ok_and(|now| now.requester.user().map(|user| user.id) == Some(user))
    }
}

/// What can be followed.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(history::HistorySubscription);
