//! How a client gets its answer (contract oauth2.md 5.3 and 5.7): by way of the browser, as a query, a
//! fragment or a form.

use muniment_store::grants::NewAuthorizationGrant;
use poem::Response;
use url::{Url, form_urlencoded::Serializer};

use super::{redirect_uri, request::Told};
use crate::{
    auth::Client,
    oauth::form::Form,
    pages::{Page, PageError, Visit, see_other, views::FormPostPage},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    const ALL: [Self; 3] = [Self::FormPost, Self::Query, Self::Fragment];

    /// On the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// Where an answer goes, and how. The address is one that the client has registered.
pub struct Answer {
    pub redirect_uri: Url,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// As a request asks for it; an error is for the person, as there is nobody else to tell.
    pub fn of(client: &Client, form: &Form) -> Result<Self, PageError> {
        let registered = client.redirect_uris();
        let redirect_uri = redirect_uri::resolve(&registered, form.get("redirect_uri"))
            .ok_or(PageError::InvalidRedirectUri)?;
        let kinds = form.get("response_type").ok_or(PageError::InvalidRequest)?;
        // What grants access by itself must not end in a server's log.
        let in_front = kinds
            .split(' ')
            .any(|kind| matches!(kind, "token" | "id_token"));
        let mode = match form.get("response_mode") {
            None if in_front => ResponseMode::Fragment,
            None => ResponseMode::Query,
            Some(name) => ResponseMode::from_name(name).ok_or(PageError::InvalidRequest)?,
        };
        if in_front && mode == ResponseMode::Query {
            return Err(PageError::InvalidRequest);
        }
        Ok(Self {
            redirect_uri,
            mode,
            state: form.get("state").map(str::to_owned),
        })
    }

    /// To a request that was kept.
    pub fn to(request: &NewAuthorizationGrant) -> Result<Self, PageError> {
        // Both were written from what they are read as.
        let parsed = request.redirect_uri.parse();
        let mode = ResponseMode::from_name(&request.response_mode);
        let (Ok(redirect_uri), Some(mode)) = (parsed, mode) else {
            return Err(PageError::Internal);
        };
        Ok(Self {
            redirect_uri,
            mode,
            state: request.state.clone(),
        })
    }

    pub fn error(&self, visit: &Visit, error: Told) -> Response {
        let parameters = [
            ("error", error.code()),
            ("error_description", error.description()),
        ];
        self.respond(visit, &parameters)
    }

    /// Brings the parameters to the client, after its `state`.
    pub fn respond(&self, visit: &Visit, parameters: &[(&str, &str)]) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        let parameters = state.into_iter().chain(parameters.iter().copied());
        let mut target = self.redirect_uri.clone();
        match self.mode {
            ResponseMode::Query => {
                target.query_pairs_mut().extend_pairs(parameters);
                // Or the browser would keep the fragment of where it comes from.
                target.set_fragment(Some(""));
            }
            ResponseMode::Fragment => {
                let encoded = Serializer::new(String::new())
                    .extend_pairs(parameters)
                    .finish();
                target.set_fragment(Some(&encoded));
            }
            ResponseMode::FormPost => {
                let page = FormPostPage {
                    ctx: visit.plain_ctx(),
                    redirect_uri: target,
                    parameters: parameters
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .collect(),
                };
                return page.respond();
            }
        }
        see_other(target.as_str())
    }
}
