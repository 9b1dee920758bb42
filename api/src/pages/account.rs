//! `/account/`: where people look after their account. What they see runs in the browser (`ui/`); here is
//! the shell that loads it.

use poem::{Response, Result, handler};

use super::{Continuation, Page, Visit, continuation::with_query, views::AccountPage};

/// `GET /account` leads to the address with a slash, with the same query.
#[handler]
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is taken off the request by value"
)]
pub fn without_slash(visit: Visit) -> Response {
    let pairs = visit.pairs().iter();
    let pairs = pairs.map(|(name, value)| (name.as_str(), value.clone()));
    visit.redirect(with_query("/account/", pairs))
}

/// `GET /.well-known/change-password` (W3C).
#[handler]
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is taken off the request by value"
)]
pub fn change_password(visit: Visit) -> Response {
    visit.redirect("/account/password/change")
}

/// `GET /account/` and everything below it: for those who are signed in. Others sign in first, and
/// come back to what they wanted to do; the rest of the path is not kept (contract oauth2.md 2).
#[handler]
pub async fn account(visit: Visit) -> Result<Response> {
    let continuation = Continuation::ManageAccount {
        action: visit.query("action").map(str::to_owned),
        device_id: visit.query("device_id").map(str::to_owned),
    };
    let Some(signed_in) = visit.signed_in(Some(&continuation)).await? else {
        return Ok(visit.redirect(Continuation::on(Some(&continuation), "/login")));
    };
    let plan = visit.app.site.plan_management_iframe_uri.as_ref();
    let page = AccountPage {
        ctx: visit.ctx().with_account_pages(),
        username: Some(signed_in.user.username),
        plan: plan.and_then(|plan| plan.parse().ok()),
    };
    Ok(page.respond())
}
