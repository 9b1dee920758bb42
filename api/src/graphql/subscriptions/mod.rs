//! The fields of `Subscription` (ours). Each ends when its requester may not follow any longer.

mod history;

use async_graphql::MergedSubscription;

/// What can be followed.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(history::HistorySubscription);
