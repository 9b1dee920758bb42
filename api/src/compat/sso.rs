//! Signing in through the browser (contract oauth2.md 17.6 and 17.7): a client opens the redirect, a
//! person confirms on a page, and the browser takes a login token back to the client.

use muniment_domain::CompatSsoLoginId;
use muniment_store::{
    compat_sso::{SsoLogin, fulfil_sso_login, put_sso_login, sso_login},
    time::MINUTE,
};
use poem::{Response, Result, handler, web::Path};
use ulid::Ulid;
use url::Url;

use crate::{
    accounts,
    auth::token,
    oauth::{person, reason},
    pages::{
        Continuation, Page, PageError, Posted, SignedIn, Visit, see_other,
        views::{CompatSsoExpiredPage, CompatSsoPage, PolicyViolationPage, Refused},
        with_query,
    },
    policy::CompatLoginKind,
};

/// How long a sign-in waits to be confirmed, in microseconds.
const PATIENCE: i64 = 30 * MINUTE;
const TOKEN_LENGTH: usize = 32;
const LONGEST_URL: usize = 4096;
const ACTION: &str = "action";
const UNSTABLE_ACTION: &str = "org.matrix.msc3824.action";

/// What the person is expected to do, as far as the client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Login,
    Register,
}

impl Action {
    fn of(visit: &Visit) -> Option<Self> {
        let known = |name| match visit.query(name)? {
            "login" => Some(Self::Login),
            "register" => Some(Self::Register),
            _ => None,
        };
        known(ACTION).or_else(|| known(UNSTABLE_ACTION))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Register => "register",
        }
    }

    fn pairs(action: Option<Self>) -> Vec<(&'static str, String)> {
        let name = action.map(|action| action.name().to_owned());
        let both = |name: String| [(ACTION, name.clone()), (UNSTABLE_ACTION, name)];
        name.map(both).into_iter().flatten().collect()
    }
}

/// Begins a sign-in and leads to its page.
#[handler]
pub async fn redirect(visit: Visit) -> Result<Response> {
    let app = &visit.app;
    let destination = sole(&visit, "redirectUrl").and_then(destination);
    let destination = destination.ok_or(PageError::InvalidRequest)?;
    let id = CompatSsoLoginId::from_uuid(app.ids.ulid());
    let put = put_sso_login(&app.database, id, destination.as_str(), app.clock.now()).await;
    put.map_err(PageError::from)?;
    let path = format!("{}complete-compat-sso/{id}", app.site.public_base);
    Ok(see_other(&with_query(
        path,
        Action::pairs(Action::of(&visit)),
    )))
}

/// A parameter that came once: of two, one would be checked and the other perhaps meant.
fn sole<'v>(visit: &'v Visit, name: &str) -> Option<&'v str> {
    let mut all = visit.pairs().iter().filter(|(known, _)| known == name);
    match (all.next(), all.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// Where a browser may be sent with a login token: anywhere that names a client.
fn destination(text: &str) -> Option<Url> {
    if text.len() > LONGEST_URL {
        return None;
    }
    let url: Url = text.parse().ok()?;
    let names_a_client = match url.scheme() {
        "http" | "https" => url.host().is_some(),
        // No application is behind these.
        "javascript" | "vbscript" | "data" | "blob" | "about" | "file" | "view-source" => false,
        _ => true,
    };
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    (names_a_client && !has_credentials).then_some(url)
}

#[handler]
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let question = Question::prepare(&visit, &id).await?;
    let query = with_query("", Action::pairs(Action::of(&visit)));
    let page = CompatSsoPage {
        ctx: visit.ctx(),
        login: question.ulid,
        person: person(&visit.app, &question.who.user).await,
        redirect_uri: question.redirect_uri,
        query: query.trim_start_matches('?').to_owned(),
    };
    Ok(page.respond())
}

#[handler]
pub async fn confirm(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let question = Question::prepare(&visit, &id).await?;
    let app = &visit.app;
    let login_token = token::alphanumeric(&*app.entropy, TOKEN_LENGTH);
    let (hash, session) = (token::hash(&login_token), question.who.session.id);
    let now = app.clock.now();
    let fulfilled = fulfil_sso_login(&app.database, question.login.id, &hash, session, now).await;
    if !fulfilled.map_err(PageError::from)? {
        return Err(expired(&visit));
    }
    let mut target = question.redirect_uri;
    target
        .query_pairs_mut()
        .append_pair("loginToken", &login_token);
    Ok(see_other(target.as_str()))
}

/// A sign-in that waits for this very person, and that the policy has nothing against.
struct Question {
    login: SsoLogin,
    ulid: Ulid,
    who: SignedIn,
    redirect_uri: Url,
}

impl Question {
    /// Else the page that is to be shown instead comes as the error.
    async fn prepare(visit: &Visit, id: &str) -> Result<Self> {
        let app = &visit.app;
        let id: CompatSsoLoginId = id.parse().map_err(|_| PageError::NotFound)?;
        let ulid = Ulid::from(id.as_uuid().as_u128());
        let continuation = Continuation::CompatSsoLogin(ulid);
        let Some(who) = visit.signed_in(Some(&continuation)).await? else {
            let path = match Action::of(visit) {
                Some(Action::Register) => "/register",
                Some(Action::Login) | None => "/login",
            };
            let to_sign_in = visit.redirect(Continuation::on(Some(&continuation), path));
            return Err(poem::Error::from_response(to_sign_in));
        };
        let login = sso_login(&app.database, id).await;
        let login = login.map_err(PageError::from)?.ok_or(PageError::NotFound)?;
        if login.fulfilled.is_some() || app.clock.now() - login.created_at > PATIENCE {
            return Err(expired(visit));
        }
        check_policy(visit, &who, continuation).await?;
        // Written from one.
        let redirect_uri = login.redirect_uri.parse();
        let redirect_uri = redirect_uri.map_err(|_| PageError::Internal)?;
        Ok(Self {
            login,
            ulid,
            who,
            redirect_uri,
        })
    }
}

fn expired(visit: &Visit) -> poem::Error {
    let ctx = visit.plain_ctx();
    poem::Error::from_response(CompatSsoExpiredPage { ctx }.respond())
}

async fn check_policy(visit: &Visit, who: &SignedIn, continuation: Continuation) -> Result<()> {
    let (app, user) = (&visit.app, &who.user);
    let kind = CompatLoginKind::Sso;
    let violations = accounts::compat_violations(app, user.id, kind, false, &visit.visitor).await;
    let violations = violations.map_err(PageError::from)?;
    if violations.is_empty() {
        return Ok(());
    }
    let page = PolicyViolationPage {
        ctx: visit.ctx(),
        refused: Refused::CompatSso,
        client: None,
        username: user.username.clone(),
        reasons: violations.iter().map(reason).collect(),
        continuation,
    };
    Err(poem::Error::from_response(page.respond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_what_names_a_client() {
        for good in [
            "https://app.example.com/?a=b#c",
            "http://localhost:1234",
            "element://vector/webapp",
            "io.element.app:/callback",
        ] {
            assert!(destination(good).is_some(), "{good}");
        }
        let long = format!("https://example.com/{}", "x".repeat(5000));
        for bad in [
            "",
            "nonsense",
            "/relative",
            "https://",
            "https://user@example.com/",
            "https://:secret@example.com/",
            "javascript:alert(1)",
            " java\tscript:alert(1)",
            "data:text/html,x",
            &long,
        ] {
            assert_eq!(destination(bad), None, "{bad}");
        }
    }
}
