use std::sync::Arc;

use async_graphql::{Context, Description, Error, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::{UpstreamLinkId, UpstreamProviderId};
use muniment_projections::queries::{self, UpstreamLinkRow};
use url::Url;
use uuid::Uuid;

use super::{User, time::date_time};
use crate::{
    graphql::{
        access::{Owned, Owner},
        connection::Listed,
        context::{RequestContext, request},
        id::Kind,
    },
    upstream::Provider,
};

/// A service that people may sign in with. Everybody may see it.
#[derive(Debug, Clone, Description)]
pub struct UpstreamOauth2Provider(Arc<Provider>);

/// An account at such a service, by which a user signs in.
#[derive(Debug, Clone, Description)]
pub struct UpstreamOauth2Link(pub UpstreamLinkRow);

impl From<Arc<Provider>> for UpstreamOauth2Provider {
    fn from(provider: Arc<Provider>) -> Self {
        Self(provider)
    }
}

impl Listed for UpstreamOauth2Provider {
    const KINDS: &'static [Kind] = &[Kind::UpstreamOauth2Provider];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::UpstreamOauth2Provider, self.0.id.as_uuid())
    }
}

impl UpstreamOauth2Provider {
    /// The provider, if it is switched on.
    pub fn enabled(request: &RequestContext, id: UpstreamProviderId) -> Option<Self> {
        request.app.upstream.enabled(id).cloned().map(Self)
    }

    /// All that are switched on, by their ids.
    pub fn all_enabled(request: &RequestContext) -> Vec<Arc<Provider>> {
        let all = request.app.upstream.all().iter();
        let mut enabled: Vec<Arc<Provider>> = all
            .filter(|provider| provider.settings.enabled)
            .cloned()
            .collect();
        enabled.sort_by_key(|provider| provider.id);
        enabled
    }
}

#[Object(name = "UpstreamOAuth2Provider", use_type_description)]
impl UpstreamOauth2Provider {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::UpstreamOauth2Provider.id(self.0.id)
    }

    /// When it was added.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at())
    }

    /// Its issuer, if it has one.
    async fn issuer(&self) -> Option<&str> {
        self.0.settings.issuer.as_deref()
    }

    /// The id of this server as a client of it.
    async fn client_id(&self) -> &str {
        &self.0.settings.client_id
    }

    /// What people know it as.
    async fn human_name(&self) -> Option<&str> {
        self.0.settings.human_name.as_deref()
    }

    /// Whose sign it is shown with, such as `google`.
    async fn brand_name(&self) -> Option<&str> {
        self.0.settings.brand_name.as_deref()
    }

    /// Where signing in with it, or linking an account there, begins.
    async fn link_url(&self, ctx: &Context<'_>) -> Result<Url> {
        let base = &request(ctx)?.app.site.public_base;
        base.join(&format!("upstream/authorize/{}", self.0.id))
            .map_err(|error| Error::new(error.to_string()))
    }
}

impl From<UpstreamLinkRow> for UpstreamOauth2Link {
    fn from(row: UpstreamLinkRow) -> Self {
        Self(row)
    }
}

impl Owned for UpstreamOauth2Link {
    fn owner(&self) -> Owner {
        Owner::User(self.0.user_id)
    }
}

impl Listed for UpstreamOauth2Link {
    const KINDS: &'static [Kind] = &[Kind::UpstreamOauth2Link];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::UpstreamOauth2Link, self.0.id.as_uuid())
    }
}

impl UpstreamOauth2Link {
    /// The link, if it exists and the requester may see it, also while its provider is switched
    /// off.
    pub async fn visible(request: &RequestContext, id: UpstreamLinkId) -> Result<Option<Self>> {
        let found = queries::upstream_link(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(request.visible(found.map(Self)))
    }
}

#[Object(name = "UpstreamOAuth2Link", use_type_description)]
impl UpstreamOauth2Link {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::UpstreamOauth2Link.id(self.0.id)
    }

    /// When the account was linked.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// The id that the user has there.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What people call the account there.
    async fn human_account_name(&self) -> Option<&str> {
        self.0.human_account_name.as_deref()
    }

    /// Where the account is.
    async fn provider(&self, ctx: &Context<'_>) -> Result<UpstreamOauth2Provider> {
        let found = request(ctx)?.app.upstream.find(self.0.provider_id);
        let found = found.cloned().map(UpstreamOauth2Provider);
        found.ok_or_else(|| "Upstream OAuth 2.0 provider not found".into())
    }

    /// Who signs in by it.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::known(request(ctx)?, self.0.user_id).await.map(Some)
    }
}
