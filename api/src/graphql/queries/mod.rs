//! The fields of `Query`.

mod history;
mod node;
mod oauth2;
mod recovery;
mod sessions;
mod site;
mod upstream;
mod users;
mod viewer;

use async_graphql::MergedObject;

/// What can be read.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    viewer::ViewerQueries,
    oauth2::Oauth2Queries,
    users::UserQueries,
    node::NodeQueries,
    site::SiteQueries,
    recovery::RecoveryQueries,
    sessions::SessionQueries,
    upstream::UpstreamQueries,
    history::HistoryQueries,
);
