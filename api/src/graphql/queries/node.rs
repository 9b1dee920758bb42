use async_graphql::{Context, ID, Object, Result};

use crate::graphql::{
    access::Owner,
    context::request,
    history::{event, visible_event},
    id::{Kind, parse},
    types::{
        Anonymous, AuditEvent, BrowserSession, CompatSession, Node, Oauth2Client, Oauth2Session,
        PersonalSession, SiteConfig, UpstreamOauth2Link, UpstreamOauth2Provider, User, UserEmail,
        UserEmailAuthentication,
    },
};

#[derive(Debug, Default)]
pub struct NodeQueries;

#[Object]
impl NodeQueries {
    /// Anything by its global id, if the requester may see it.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        match id.as_str() {
            "anonymous" => return Ok(Some(Node::Anonymous(Anonymous))),
            "site_config" => return Ok(Some(Node::SiteConfig(SiteConfig))),
            _ => {}
        }
        let request = request(ctx)?;
        let (kind, id) = parse(&id)?;
        Ok(match kind {
            Kind::Oauth2Client => Oauth2Client::find(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::Oauth2Client),
            Kind::Oauth2Session => Oauth2Session::visible(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::Oauth2Session),
            Kind::BrowserSession => BrowserSession::visible(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::BrowserSession),
            Kind::User => User::visible(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::User),
            Kind::UserEmail => UserEmail::visible(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::UserEmail),
            Kind::PersonalSession => PersonalSession::visible(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::PersonalSession),
            Kind::CompatSession => CompatSession::visible(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::CompatSession),
            Kind::UpstreamOauth2Provider => {
                let found = UpstreamOauth2Provider::enabled(request, id.into());
                found.map(Node::UpstreamOauth2Provider)
            }
            Kind::UpstreamOauth2Link => UpstreamOauth2Link::visible(request, id.into())
                .await?
                .map(Box::new)
                .map(Node::UpstreamOauth2Link),
            Kind::UserEmailAuthentication => UserEmailAuthentication::visible(request, id)
                .await?
                .map(Box::new)
                .map(Node::UserEmailAuthentication),
            Kind::HistoryEvent => visible_event(request, id)
                .await?
                .map(Box::new)
                .map(Node::HistoryEvent),
            Kind::AuditEvent if request.may_see(Owner::Auditors) => event(request, id)
                .await?
                .map(AuditEvent)
                .map(Box::new)
                .map(Node::AuditEvent),
            // The latter are not to be reached by id (contract graphql.md 4).
            Kind::AuditEvent
            | Kind::Authentication
            | Kind::CompatSsoLogin
            | Kind::UserRecoveryTicket => None,
        })
    }
}
