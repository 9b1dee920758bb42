//! One change of many users at once: `POST /users/bulk`.

mod filter;
mod line;
mod request;
mod run;
mod selection;

use poem::http::StatusCode;
use poem_openapi::OpenApi;
use tokio::sync::mpsc;

use self::{
    line::{BulkUsersLine, Lines},
    request::BulkUsersRequest,
    run::Run,
};
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Refuses},
    body::Json,
    operations::{ROOT, Tag},
};

/// Lines that wait for a client that reads slower than they are made.
const AHEAD: usize = 16;

#[derive(Default)]
pub struct BulkUsers;

impl Refuses for BulkUsers {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (
            400,
            "Not exactly one of `users` and `filter` is given, too many users are, or \
             `expected_count` is missing; or the request cannot be read",
        ),
        (
            403,
            "The scopes of the access token are not for this action",
        ),
        (404, "A client of the filter was not found"),
        (
            409,
            "There are more or fewer users than expected; nothing was done",
        ),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl BulkUsers {
    /// Lock, unlock or deactivate many users, or end their sessions
    ///
    /// Only tells what it would do unless `dry_run` is false. The answer is a line of JSON for each
    /// user, in the order of their ids, as each is done; the last line is the summary, without which
    /// the answer was cut. A client that goes away stops it after the user under way; `after` goes on
    /// from there.
    #[oai(path = "/users/bulk", method = "post", operation_id = "bulkUsers")]
    async fn call(&self, caller: Caller, body: Json<BulkUsersRequest>) -> Answer<Self, Lines> {
        let wanted = body.0.checked(&caller).await?;
        let count = wanted.selection.count();
        if let Some(expected) = wanted.expected_count
            && expected != count
        {
            return Err(AdminError::refused(
                StatusCode::CONFLICT,
                format!("Expected {expected} users, there are {count}"),
            ));
        }
        let (sender, lines) = mpsc::channel::<BulkUsersLine>(AHEAD);
        // Not within the answer, as a client that goes away must not break off a user's change.
        tokio::spawn(Run::new(caller, wanted, sender).run());
        Ok(Lines(lines).into())
    }
}
