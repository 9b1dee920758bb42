//! What becomes of what a provider told of somebody who is new here (contract oauth2.md 16.3).

use muniment_domain::UpstreamLinkId;
use muniment_projections::queries::{self, UserRow};

use crate::{
    accounts::{self, Arrival},
    config::{ImportAction, OnConflict},
    pages::{
        FormState, Input, PageError, Posted, Problem, Visit,
        register::reason,
        views::{Imported, UpstreamFailure},
    },
    policy::{Register, RegistrationMethod, RequestedBy, Violation},
};

/// How it goes on.
pub enum Plan {
    Fail(UpstreamFailure),
    /// There is an account of this name, and the provider's word is enough for it.
    Link {
        user: Box<UserRow>,
        replaced: Vec<UpstreamLinkId>,
    },
    /// A registration.
    Offer(Offer),
}

/// What a registration begins with.
#[derive(Clone)]
pub struct Offer {
    pub username: Option<String>,
    pub is_username_forced: bool,
    pub email: Option<Imported>,
    pub display_name: Option<Imported>,
}

/// What the person makes of it.
pub struct Choice<'c> {
    pub username: &'c str,
    pub email: Option<&'c str>,
    pub display_name: Option<&'c str>,
}

impl<'c> Choice<'c> {
    /// Everything as it was told.
    pub fn all(offer: &'c Offer) -> Self {
        let value = |imported: &'c Option<Imported>| {
            let imported = imported.as_ref();
            imported.map(|imported| imported.value.as_str())
        };
        Self {
            username: offer.username.as_deref().unwrap_or_default(),
            email: value(&offer.email),
            display_name: value(&offer.display_name),
        }
    }

    pub fn of(offer: &'c Offer, posted: &'c Posted) -> Self {
        let taken = |imported: &'c Option<Imported>, input| {
            let imported = imported.as_ref();
            let taken = imported.filter(|imported| imported.forced || posted.input(input) == "on");
            taken.map(|imported| imported.value.as_str())
        };
        let forced = offer
            .username
            .as_deref()
            .filter(|_| offer.is_username_forced);
        Self {
            username: forced.unwrap_or_else(|| posted.input(Input::Username)),
            email: taken(&offer.email, Input::ImportEmail),
            display_name: taken(&offer.display_name, Input::ImportDisplayName),
        }
    }
}

pub async fn plan(visit: &Visit, arrival: &Arrival) -> Result<Plan, PageError> {
    let imports = &arrival.provider.settings.claims_imports;
    let told = &arrival.told;
    for (action, value) in [
        (imports.localpart.action, &told.localpart),
        (imports.displayname.action, &told.displayname),
        (imports.email.action, &told.email),
    ] {
        if action == ImportAction::Require && value.is_none() {
            return Ok(Plan::Fail(UpstreamFailure::MissingClaim));
        }
    }
    let imported = |action: ImportAction, value: &Option<String>| {
        let value = value.clone().filter(|_| action != ImportAction::Ignore)?;
        let forced = action.is_forced();
        Some(Imported { value, forced })
    };
    let mut offer = Offer {
        username: None,
        is_username_forced: false,
        email: imported(imports.email.action, &told.email),
        display_name: imported(imports.displayname.action, &told.displayname),
    };
    let action = imports.localpart.action;
    let Some(name) = imported(action, &told.localpart) else {
        return Ok(Plan::Offer(offer));
    };
    let (username, forced) = (name.value, name.forced);
    if let Some(user) = queries::user_by_username(&visit.app.reads, &username).await? {
        if forced {
            return conflict(visit, arrival, user, imports.localpart.on_conflict).await;
        }
    } else if is_possible(visit, &username).await? {
        offer.username = Some(username);
        offer.is_username_forced = forced;
    } else if forced {
        return Ok(Plan::Fail(UpstreamFailure::UsernameRefused { username }));
    }
    Ok(Plan::Offer(offer))
}

async fn conflict(
    visit: &Visit,
    arrival: &Arrival,
    user: UserRow,
    rule: OnConflict,
) -> Result<Plan, PageError> {
    let linked = accounts::links_to(&visit.app, user.id, arrival.provider.id).await?;
    let replaced = match rule {
        OnConflict::Add => Some(Vec::new()),
        OnConflict::Replace => Some(linked),
        OnConflict::Set if linked.is_empty() => Some(linked),
        OnConflict::Set | OnConflict::Fail => None,
    };
    Ok(match replaced {
        Some(replaced) => Plan::Link {
            user: Box::new(user),
            replaced,
        },
        None => Plan::Fail(UpstreamFailure::UsernameTaken {
            username: user.username,
        }),
    })
}

fn violations(visit: &Visit, username: &str, email: Option<&str>) -> Vec<Violation> {
    let input = Register {
        method: RegistrationMethod::UpstreamOauth2,
        username,
        email,
        requester: RequestedBy {
            ip_address: visit.visitor.ip,
            user_agent: visit.visitor.user_agent.as_deref(),
        },
    };
    visit.app.policy.rules().register(&input)
}

fn is_of_name(violation: &Violation) -> bool {
    violation.field == Some("username")
}

/// Whether nothing is to be said against a name: by the policy, the homeserver, or who has it.
async fn is_possible(visit: &Visit, username: &str) -> Result<bool, PageError> {
    let of_name = violations(visit, username, None).iter().any(is_of_name);
    Ok(!of_name && accounts::is_username_available(&visit.app, username).await?)
}

/// The same checks as when somebody registers with a password (15.6).
pub async fn check(
    visit: &Visit,
    choice: &Choice<'_>,
    form: &mut FormState,
) -> Result<(), PageError> {
    let mut violations = violations(visit, choice.username, choice.email);
    if choice.username.is_empty() {
        form.refuse(Input::Username, Problem::Required);
        violations.retain(|violation| !is_of_name(violation));
    } else if !violations.iter().any(is_of_name)
        && !accounts::is_username_available(&visit.app, choice.username).await?
    {
        form.refuse(Input::Username, Problem::Exists);
    }
    for violation in &violations {
        let input = is_of_name(violation).then_some(Input::Username);
        form.refuse_at(input, Problem::Policy(reason(violation)));
    }
    Ok(())
}
