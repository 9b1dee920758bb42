use muniment_domain::UpstreamProviderId;
use muniment_projections::queries;
use poem::http::StatusCode;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::UpstreamOAuthLink;
use crate::{
    accounts::{self, AccountError, NewUpstreamLink},
    admin::{
        AdminError, Caller,
        answer::{Answer, CreatedOrFound, Refuses, Success},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        known,
        operations::{ROOT, Tag},
        schema::{Id, storable, storable_if_given},
    },
};

/// JSON payload for the `POST /api/admin/v1/upstream-oauth-links`
#[derive(Deserialize, Object)]
pub struct AddUpstreamOauthLinkRequest {
    /// The ID of the user to which the link should be added.
    user_id: Id,
    /// The ID of the upstream provider to which the link is for.
    provider_id: Id,
    /// The subject (sub) claim of the user on the provider.
    #[serde(deserialize_with = "storable")]
    subject: String,
    /// A human readable account name.
    #[serde(default, deserialize_with = "storable_if_given")]
    #[oai(nullable)]
    human_account_name: Option<String>,
}

#[derive(Default)]
pub struct AddUpstreamOAuthLink;

impl Refuses for AddUpstreamOAuthLink {
    const REFUSALS: &'static [(u16, &'static str)] = &[
        (404, "User or provider was not found"),
        (409, "The subject is linked to a user already"),
    ];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::UpstreamOAuthLink")]
impl AddUpstreamOAuthLink {
    /// Add an upstream OAuth 2.0 link
    #[oai(
        path = "/upstream-oauth-links",
        method = "post",
        operation_id = "addUpstreamOAuthLink"
    )]
    async fn call(
        &self,
        caller: Caller,
        body: Json<AddUpstreamOauthLinkRequest>,
    ) -> Answer<Self, CreatedOrFound<SingleResponse<UpstreamOAuthLink>>> {
        let (app, body) = (&caller.app, body.0);
        let user = known::user(&caller, body.user_id.of()).await?.id;
        known::may_take_over(&caller, user).await?;
        let provider: UpstreamProviderId = body.provider_id.of();
        if app.upstream.find(provider).is_none() {
            return Err(AdminError::not_found(format!(
                "Upstream OAuth 2.0 Provider ID {provider} not found"
            )));
        }
        let subject = body.subject;
        let taken = || {
            let title = format!(
                "Upstream Oauth 2.0 Provider ID {provider} with subject {subject} is already \
                 linked to a user"
            );
            AdminError::refused(StatusCode::CONFLICT, title)
        };
        let known = queries::upstream_link_of(&app.reads, provider, &subject).await?;
        if known.is_some() {
            return Err(taken());
        }
        let new = NewUpstreamLink {
            provider,
            subject: subject.clone(),
            account_name: body.human_account_name,
        };
        let row = match accounts::link_upstream(app, &caller.actor, user, new).await {
            Ok(row) => row,
            // Somebody else was quicker.
            Err(AccountError::UpstreamSubjectTaken) => return Err(taken()),
            Err(error) => return Err(AdminError::account(error, Subject::User(user))),
        };
        let (link, tag) = UpstreamOAuthLink::find(app, row.id).await?;
        CreatedOrFound::Created(SingleResponse::new(link)).tagged(tag)
    }
}
