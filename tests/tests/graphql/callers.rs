//! Who still uses GraphQL with bearer tokens, which is deprecated: told to the caller.

use muniment_tests::{TestDatabase, each_backend};
use serde_json::json;

use crate::{Api, VIEWER, answer};

each_backend!(the_end_of_bearer_access_is_told_where_it_is_configured);

async fn the_end_of_bearer_access_is_told_where_it_is_configured(database: TestDatabase) {
    let api = Api::start_with(&database, "graphql: {bearer_sunset: 2027-06-30}").await;
    let post = || api.post(json!({ "query": VIEWER }).to_string());
    let told = answer(post().bearer_auth(&api.admin)).await;
    assert_eq!(told.header("sunset"), Some("Wed, 30 Jun 2027 00:00:00 GMT"));
    assert_eq!(told.header("deprecation"), Some("@1767225600"));
    assert!(told.header("link").unwrap().contains("successor-version"));
    assert_eq!(answer(post()).await.header("sunset"), None);
}
