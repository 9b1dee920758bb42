use poem::{Response, Result, handler, web::Path};
use ulid::Ulid;
use uuid::Uuid;

use muniment_domain::{UpstreamLinkId, user::Origin};
use muniment_projections::queries::{self, UserRow};

use super::import::{self, Plan};
use crate::{
    accounts::{self, AccountError, Arrival, ArrivalError, Browser},
    pages::{
        Continuation, FormState, Input, Page, PageError, Posted, Problem, SignedIn, Visit,
        views::{
            Inactive, UpstreamFailurePage, UpstreamMismatchPage, UpstreamRegisterPage,
            UpstreamSuggestLinkPage,
        },
    },
};

/// Somebody who came back from a provider with this browser.
pub(super) struct Flow {
    pub link: Ulid,
    /// As the cookie knows it.
    session: Ulid,
    continuation: Option<Continuation>,
    pub arrival: Arrival,
}

impl Flow {
    async fn load(visit: &Visit, id: &str) -> Result<Self, PageError> {
        let link: Ulid = id.parse().map_err(|_| PageError::NotFound)?;
        let remembered = visit.cookies.upstream_by_link(link);
        let remembered = remembered.ok_or(PageError::InvalidRequest)?;
        let session = Uuid::from_u128(remembered.session.into());
        let arrival = Arrival::find(&visit.app, session).await?;
        Ok(Self {
            link,
            session: remembered.session,
            continuation: remembered
                .post_auth_action
                .as_ref()
                .and_then(Continuation::from_json),
            arrival: arrival.ok_or(PageError::AlreadyUsed)?,
        })
    }

    fn provider(&self) -> String {
        self.arrival.provider.name()
    }

    /// Where the person goes on, once they have arrived.
    fn go_on(&self, visit: &Visit) -> Result<Response, PageError> {
        visit.cookies.forget_upstream(self.session)?;
        Ok(visit.go_on(self.continuation.as_ref(), "/"))
    }

    /// Whoever is signed in has proved it once more.
    async fn confirm(&self, visit: &Visit, who: &SignedIn) -> Result<Response, PageError> {
        let actor = who.actor(visit.correlation_id);
        let browser = Browser::In(who.session.id);
        let arrived = accounts::arrive(
            &visit.app,
            &actor,
            &self.arrival,
            who.user.id,
            Vec::new(),
            browser,
        );
        arrived.await.map_err(refused)?;
        self.go_on(visit)
    }

    /// Nobody is signed in: the account's owner is now, unless it is locked.
    async fn sign_in(
        &self,
        visit: &Visit,
        user: UserRow,
        replaced: Vec<UpstreamLinkId>,
    ) -> Result<Response, PageError> {
        if !user.is_active() {
            let reason = if user.deactivated_at.is_some() {
                Inactive::Deactivated
            } else {
                Inactive::Locked
            };
            let page = visit.interstitial(reason, user.username, self.continuation.as_ref());
            return Ok(page.respond());
        }
        let actor = visit.actor(user.id, Origin::Upstream);
        let browser = Browser::New(&visit.visitor);
        let arrived = accounts::arrive(
            &visit.app,
            &actor,
            &self.arrival,
            user.id,
            replaced,
            browser,
        );
        let session = arrived.await.map_err(refused)?;
        let session = session.as_uuid().as_u128().into();
        visit.cookies.start_session(session);
        self.go_on(visit)
    }

    async fn linked_user(&self, visit: &Visit) -> Result<Option<UserRow>, PageError> {
        let Some(link) = &self.arrival.link else {
            return Ok(None);
        };
        let user = queries::user(&visit.app.reads, link.user_id).await?;
        // A link outlives its account for no longer than a moment.
        user.map(Some).ok_or(PageError::InvalidRequest)
    }
}

fn refused(error: ArrivalError) -> PageError {
    match error {
        ArrivalError::Used | ArrivalError::Account(AccountError::UpstreamSubjectTaken) => {
            PageError::AlreadyUsed
        }
        ArrivalError::Account(error) => error.into(),
    }
}

#[handler]
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let flow = Flow::load(&visit, &id).await?;
    let linked = flow.linked_user(&visit).await?;
    Ok(match (visit.active().await?, linked) {
        (Some(who), Some(linked)) if who.user.id == linked.id => flow.confirm(&visit, &who).await?,
        (Some(who), Some(linked)) => UpstreamMismatchPage {
            ctx: visit.ctx(),
            link: flow.link,
            provider: flow.provider(),
            username: who.user.username,
            linked_username: linked.username,
        }
        .respond(),
        (Some(who), None) => UpstreamSuggestLinkPage {
            ctx: visit.ctx(),
            link: flow.link,
            provider: flow.provider(),
            username: who.user.username,
            account: flow.arrival.told.account_name.clone(),
        }
        .respond(),
        (None, Some(linked)) => flow.sign_in(&visit, linked, Vec::new()).await?,
        (None, None) => new_here(&visit, &flow).await?,
    })
}

/// Nobody is signed in, and no account is linked.
async fn new_here(visit: &Visit, flow: &Flow) -> Result<Response, PageError> {
    let offer = match import::plan(visit, &flow.arrival).await? {
        Plan::Fail(failure) => {
            let page = UpstreamFailurePage {
                ctx: visit.ctx(),
                provider: flow.provider(),
                failure,
            };
            return Ok(page.respond());
        }
        Plan::Link { user, replaced } => return flow.sign_in(visit, *user, replaced).await,
        Plan::Offer(offer) => offer,
    };
    let mut form = FormState::new().with(
        Input::Username,
        offer.username.as_deref().unwrap_or_default(),
    );
    form.keep_checked(Input::ImportEmail, true);
    form.keep_checked(Input::ImportDisplayName, true);
    let skip = flow
        .arrival
        .provider
        .settings
        .claims_imports
        .skip_confirmation;
    // Terms want somebody who accepts them, and a name somebody who chooses it.
    if skip && visit.app.site.tos_uri.is_none() && offer.username.is_some() {
        let choice = import::Choice::all(&offer);
        import::check(visit, &choice, &mut form).await?;
        if form.is_valid() {
            return register(visit, flow, &choice, None).await;
        }
    }
    Ok(page(visit, flow, offer, form).respond())
}

fn page(visit: &Visit, flow: &Flow, offer: import::Offer, form: FormState) -> UpstreamRegisterPage {
    UpstreamRegisterPage {
        ctx: visit.ctx(),
        link: flow.link,
        provider: flow.provider(),
        server_name: visit.app.site.server_name.clone(),
        form,
        forced_username: offer.username.filter(|_| offer.is_username_forced),
        email: offer.email,
        display_name: offer.display_name,
    }
}

#[handler]
pub async fn submit(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let flow = Flow::load(&visit, &id).await?;
    let who = visit.active().await?;
    Ok(match (posted.get("action"), who, &flow.arrival.link) {
        ("link", Some(who), None) => flow.confirm(&visit, &who).await?,
        ("register", None, None) => submit_registration(&visit, &flow, &posted).await?,
        // Something has changed since the form was shown.
        ("link" | "register", ..) => visit.redirect(format_args!("/upstream/link/{}", flow.link)),
        _ => return Err(PageError::InvalidRequest.into()),
    })
}

async fn submit_registration(
    visit: &Visit,
    flow: &Flow,
    posted: &Posted,
) -> Result<Response, PageError> {
    let Plan::Offer(offer) = import::plan(visit, &flow.arrival).await? else {
        return Ok(visit.redirect(format_args!("/upstream/link/{}", flow.link)));
    };
    let choice = import::Choice::of(&offer, posted);
    let mut form = FormState::new().with(Input::Username, choice.username);
    for input in [
        Input::ImportEmail,
        Input::ImportDisplayName,
        Input::AcceptTerms,
    ] {
        form.keep_checked(input, posted.input(input) == "on");
    }
    let terms = visit.app.site.tos_uri.as_ref();
    if terms.is_some() && posted.input(Input::AcceptTerms) != "on" {
        form.refuse(Input::AcceptTerms, Problem::Required);
    }
    import::check(visit, &choice, &mut form).await?;
    if form.is_valid() {
        return register(visit, flow, &choice, terms.map(ToString::to_string)).await;
    }
    Ok(page(visit, flow, offer.clone(), form).respond())
}

async fn register(
    visit: &Visit,
    flow: &Flow,
    choice: &import::Choice<'_>,
    terms_uri: Option<String>,
) -> Result<Response, PageError> {
    let applicant = accounts::Applicant {
        username: choice.username,
        email: choice.email,
        terms_uri,
        continuation: flow.continuation.as_ref().map(ToString::to_string),
        locale: visit.locale.tag(),
        visitor: &visit.visitor,
    };
    let id =
        accounts::enroll_vouched(&visit.app, applicant, &flow.arrival, choice.display_name).await?;
    let id = Ulid::from(id.as_u128());
    visit.cookies.remember_registration(id)?;
    Ok(visit.redirect(format_args!("/register/steps/{id}/finish")))
}
