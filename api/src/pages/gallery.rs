//! Every page in every state worth looking at. The tests go over them; `PAGES_DIR=… cargo test
//! gallery` also writes them into a folder, to be opened in a browser.

use std::sync::Arc;

use ulid::Ulid;
use url::Url;

use muniment_domain::{EmailAddress, Invitee, RegistrationTokenId, Username};

use super::{bundle::Bundle, views::*, *};
use crate::{
    locale::Locale,
    site::{Captcha, CaptchaService},
};

/// What must not come through as it is.
pub const HOSTILE: &str = "<script>alert(1)</script>\"' onload=x <!-- &amp;";

/// A page, under a name that says its state and language.
pub struct Shown {
    pub name: String,
    pub response: poem::Response,
}

pub fn brand(full: bool) -> Arc<Brand> {
    Arc::new(Brand {
        name: if full { "Example Chat" } else { "example.com" }.to_owned(),
        policy_uri: full.then(|| url("https://example.com/privacy")),
        tos_uri: full.then(|| url("https://example.com/terms")),
        imprint: full.then(|| "Run by the Example Society, Berlin".to_owned()),
        logo_uri: full.then(|| url("https://example.com/logo.svg")),
        styles: full.then(|| ":root{--accent:#3b4fb8}".to_owned()),
        base: if full { "/auth" } else { "" }.to_owned(),
    })
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn id() -> Ulid {
    "01FSHN9AG0MZAA6S4AF7CTV32E".parse().unwrap()
}

fn context(locale: Locale, full: bool) -> PageContext {
    let id = "0198c5a6-0000-7000-8000-000000000001".to_owned();
    PageContext::new(locale, &brand(full), id).with_csrf("c3JmLXRva2Vu")
}

fn person(name: &str) -> Person {
    Person {
        username: "alice".to_owned(),
        mxid: "@alice:example.com".to_owned(),
        display_name: Some(name.to_owned()),
    }
}

fn client(name: &str) -> ClientCard {
    ClientCard {
        name: Some(name.to_owned()),
        client_id: id().to_string(),
        uri: Some(url("https://app.example.org/")),
        policy_uri: Some(url("https://app.example.org/privacy")),
        tos_uri: Some(url("javascript:alert(1)")),
    }
}

fn providers() -> Vec<ProviderButton> {
    ["University", "Example & Sons"]
        .map(|name| ProviderButton {
            id: id(),
            name: name.to_owned(),
        })
        .into()
}

/// A form that was sent with these values and is wrong everywhere.
fn refused(text: &str) -> FormState {
    use {Input as I, PolicyReason as R, Problem as P};
    let mut form = FormState::new()
        .with(I::Username, text)
        .with(I::Email, text)
        .with(I::Code, text)
        .with(I::Token, text)
        .with(I::DisplayName, text)
        .with(I::Password, "typed-password")
        .with(I::PasswordConfirm, "typed-password");
    form.keep_checked(I::ImportEmail, true);
    form.refuse_form(P::RateLimited);
    form.refuse(I::Username, P::Policy(R::UsernameInvalidChars));
    form.refuse(I::Email, P::Invalid);
    form.refuse(I::Password, P::TooWeak);
    form.refuse(I::Password, P::Mismatch);
    form.refuse(I::CurrentPassword, P::Invalid);
    form.refuse(I::PasswordConfirm, P::Mismatch);
    form.refuse(I::AcceptTerms, P::Required);
    form.refuse(I::Token, P::Invalid);
    form.refuse(I::Code, P::Invalid);
    form.refuse(I::DisplayName, P::Invalid);
    form.refuse(I::ConfirmDevice, P::Required);
    form
}

/// Only what belongs to a form, as a handler would say it.
fn only(form: &FormState, inputs: &[Input]) -> FormState {
    let mut kept = FormState::new();
    for input in inputs {
        kept.keep(*input, form.value(input));
    }
    for (at, problem) in form.problems() {
        if at.is_none_or(|at| inputs.contains(&at)) {
            kept.refuse_at(*at, problem.clone());
        }
    }
    kept
}

/// All pages in one language: plain, then with every problem, then with hostile values.
pub fn all(locale: Locale) -> Vec<Shown> {
    let mut shown = Vec::new();
    pages(locale, "plain", "alice", &FormState::new, &mut shown);
    pages(
        locale,
        "problems",
        "Alice Miller",
        &|| refused("Alice"),
        &mut shown,
    );
    pages(locale, "hostile", HOSTILE, &|| refused(HOSTILE), &mut shown);
    shown
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn pages(
    locale: Locale,
    state: &str,
    text: &str,
    form: &dyn Fn() -> FormState,
    shown: &mut Vec<Shown>,
) {
    use Input as I;
    let full = state != "plain";
    let ctx = || context(locale, full);
    let text = || text.to_owned();
    let grant = || Some(Continuation::AuthorizationGrant(id()));
    let granted = || permissions(&ctx(), ["openid", "email", "urn:matrix:client:api:*"]);
    let mut add = |name: &str, page: poem::Response| {
        shown.push(Shown {
            name: format!("{name}.{state}.{}", locale.tag()),
            response: page,
        });
    };
    macro_rules! add {
        ($name:literal, $page:expr) => {
            add($name, $page.respond())
        };
    }
    let home = |username| HomePage {
        ctx: ctx(),
        username,
        can_register: true,
        discovery_url: "https://example.com/.well-known/openid-configuration".to_owned(),
    };
    add!("home", home(None));
    add!("home-signed-in", home(Some(text())));
    add!(
        "account",
        AccountPage {
            ctx: ctx(),
            username: Some(text()),
            plan: None,
        }
    );
    add!(
        "account-shell",
        AccountPage {
            ctx: PageContext {
                bundle: Some(Bundle::example()),
                ..ctx()
            },
            username: Some(text()),
            plan: None,
        }
    );
    add!(
        "login",
        LoginPage {
            ctx: ctx(),
            form: only(&form(), &[I::Username, I::Password]),
            continuation: grant(),
            password_enabled: true,
            email_allowed: full,
            can_register: true,
            can_recover: true,
            providers: if full { providers() } else { Vec::new() },
        }
    );
    add!(
        "login-upstream",
        LoginPage {
            ctx: ctx(),
            form: FormState::new(),
            continuation: None,
            password_enabled: false,
            email_allowed: false,
            can_register: false,
            can_recover: false,
            providers: providers(),
        }
    );
    add!(
        "register",
        RegisterPage {
            ctx: ctx(),
            continuation: grant(),
            password_enabled: true,
            providers: providers(),
            token: full.then(text),
        }
    );
    for (name, captcha, invited) in [
        ("register-password", None, false),
        ("register-invited", None, true),
        (
            "register-recaptcha",
            Some(CaptchaService::RecaptchaV2),
            false,
        ),
        (
            "register-turnstile",
            Some(CaptchaService::CloudflareTurnstile),
            false,
        ),
        ("register-hcaptcha", Some(CaptchaService::HCaptcha), false),
    ] {
        let inputs = [
            I::Username,
            I::Email,
            I::Password,
            I::PasswordConfirm,
            I::AcceptTerms,
        ];
        add(
            name,
            RegisterPasswordPage {
                ctx: ctx(),
                form: only(&form(), &inputs),
                continuation: grant(),
                server_name: "example.com".to_owned(),
                email_required: true,
                captcha: captcha.map(|service| Captcha {
                    service,
                    site_key: text(),
                }),
                invitation: invited.then(|| Invitation {
                    id: RegistrationTokenId::default(),
                    text: text(),
                    invitee: Invitee {
                        username: Username::parse("alice").ok(),
                        email: EmailAddress::parse("alice@example.com").ok(),
                    },
                }),
            }
            .respond(),
        );
    }
    add!(
        "register-token",
        TokenPage {
            ctx: ctx(),
            registration: id(),
            form: only(&form(), &[I::Token]),
        }
    );
    add!(
        "register-verify-email",
        VerifyEmailPage {
            ctx: ctx(),
            registration: id(),
            email: text(),
            form: only(&form(), &[I::Code]),
        }
    );
    add!(
        "register-display-name",
        DisplayNamePage {
            ctx: ctx(),
            registration: id(),
            username: text(),
            form: only(&form(), &[I::DisplayName]),
        }
    );
    add!(
        "register-email-in-use",
        EmailInUsePage {
            ctx: ctx(),
            email: text(),
            can_recover: true,
            continuation: grant(),
        }
    );
    add!(
        "recovery-start",
        RecoveryStartPage {
            ctx: ctx(),
            form: only(&form(), &[I::Email])
        }
    );
    add!(
        "recovery-progress",
        RecoveryProgressPage {
            ctx: ctx(),
            session: id(),
            email: text(),
            resent: true,
            form: only(&form(), &[]),
        }
    );
    add!("recovery-consumed", RecoveryConsumedPage { ctx: ctx() });
    add!("recovery-disabled", RecoveryDisabledPage { ctx: ctx() });
    add!(
        "password-change",
        PasswordChangePage {
            ctx: ctx(),
            username: text(),
            form: only(
                &form(),
                &[I::CurrentPassword, I::Password, I::PasswordConfirm]
            ),
        }
    );
    add!(
        "password-recovery",
        PasswordRecoveryPage {
            ctx: ctx(),
            username: text(),
            ticket: text(),
            form: only(&form(), &[I::Password, I::PasswordConfirm]),
        }
    );
    for reason in [Unchangeable::SwitchedOff, Unchangeable::NoPassword] {
        let page = PasswordUnchangeablePage { ctx: ctx(), reason };
        add(&format!("password-{reason:?}"), page.respond());
    }
    for reason in [DeadLink::Unknown, DeadLink::Expired, DeadLink::Inactive] {
        let page = DeadLinkPage { ctx: ctx(), reason };
        add(&format!("recovery-link-{reason:?}"), page.respond());
    }
    for signed_in in [true, false] {
        let ctx = ctx();
        let page = PasswordSetPage { ctx, signed_in };
        add(&format!("password-set-{signed_in}"), page.respond());
    }
    add!(
        "consent",
        ConsentPage {
            ctx: ctx(),
            grant: id(),
            client: client(&text()),
            person: person(&text()),
            permissions: if full {
                let admin = [
                    "urn:mas:admin",
                    "urn:matrix:client:device:ABCDEFGHIJ",
                    &text(),
                ];
                let mut all = permissions(&ctx(), admin);
                all.extend(granted());
                all
            } else {
                granted()
            },
            redirect_uri: url(if full {
                "https://app.example.org/cb"
            } else {
                "org.example.app:/cb"
            }),
        }
    );
    add!(
        "device-link",
        DeviceLinkPage {
            ctx: ctx(),
            form: only(&form(), &[I::Code])
        }
    );
    add!(
        "device-consent",
        DeviceConsentPage {
            ctx: ctx(),
            grant: id(),
            client: client(&text()),
            person: person(&text()),
            permissions: granted(),
            user_code: Some("AB12CD".to_owned()),
            ip_address: Some("2001:db8::7".to_owned()),
            user_agent: Some(text()),
            form: only(&form(), &[I::ConfirmDevice]),
        }
    );
    for (name, outcome) in [
        ("device-granted", DeviceOutcome::Granted),
        ("device-rejected", DeviceOutcome::Rejected),
        ("device-expired", DeviceOutcome::Expired),
    ] {
        let client = client(&text());
        add(
            name,
            DeviceOutcomePage {
                ctx: ctx(),
                client,
                outcome,
            }
            .respond(),
        );
    }
    add!(
        "policy-violation",
        PolicyViolationPage {
            ctx: ctx(),
            refused: if full {
                Refused::CompatSso
            } else {
                Refused::Authorization
            },
            client: Some(client(&text())),
            username: text(),
            reasons: vec![
                PolicyReason::TooManySessions { need_to_remove: 3 },
                PolicyReason::Other,
            ],
            continuation: Continuation::AuthorizationGrant(id()),
        }
    );
    for (name, reason) in [
        ("inactive-deactivated", Inactive::Deactivated),
        ("inactive-locked", Inactive::Locked),
        ("inactive-signed-out", Inactive::SignedOut),
    ] {
        add(
            name,
            InterstitialPage {
                ctx: ctx(),
                reason,
                username: text(),
                continuation: Some(Continuation::ManageAccount {
                    action: Some(text()),
                    device_id: None,
                }),
            }
            .respond(),
        );
    }
    add!(
        "compat-sso",
        CompatSsoPage {
            ctx: ctx(),
            login: id(),
            person: person(&text()),
            redirect_uri: url("https://app.example.org/"),
            query: "action=login".to_owned(),
        }
    );
    add!("compat-sso-expired", CompatSsoExpiredPage { ctx: ctx() });
    let imported = |forced| {
        Some(Imported {
            value: text(),
            forced,
        })
    };
    let inputs = [I::Username, I::ImportEmail, I::AcceptTerms];
    add!(
        "upstream-register",
        UpstreamRegisterPage {
            ctx: ctx(),
            link: id(),
            provider: text(),
            server_name: "example.com".to_owned(),
            form: only(&form(), &inputs),
            forced_username: None,
            email: imported(false),
            display_name: imported(false),
        }
    );
    add!(
        "upstream-register-forced",
        UpstreamRegisterPage {
            ctx: ctx(),
            link: id(),
            provider: text(),
            server_name: "example.com".to_owned(),
            form: only(&form(), &inputs),
            forced_username: Some(text()),
            email: imported(true),
            display_name: imported(true),
        }
    );
    add!(
        "upstream-suggest-link",
        UpstreamSuggestLinkPage {
            ctx: ctx(),
            link: id(),
            provider: text(),
            username: text(),
            account: Some(text()),
        }
    );
    add!(
        "upstream-mismatch",
        UpstreamMismatchPage {
            ctx: ctx(),
            link: id(),
            provider: text(),
            username: text(),
            linked_username: "bob".to_owned(),
        }
    );
    for (name, failure) in [
        (
            "upstream-taken",
            UpstreamFailure::UsernameTaken { username: text() },
        ),
        (
            "upstream-refused",
            UpstreamFailure::UsernameRefused { username: text() },
        ),
        ("upstream-missing", UpstreamFailure::MissingClaim),
    ] {
        add(
            name,
            UpstreamFailurePage {
                ctx: ctx(),
                provider: text(),
                failure,
            }
            .respond(),
        );
    }
    let parameters = || vec![("state".to_owned(), text()), ("submit".to_owned(), text())];
    add!(
        "form-post",
        FormPostPage {
            ctx: ctx(),
            redirect_uri: url("https://app.example.org/cb"),
            parameters: parameters(),
        }
    );
    add!(
        "repost",
        RepostPage {
            ctx: ctx(),
            path: format!("/upstream/callback/{}", id()),
            parameters: parameters(),
        }
    );
    for error in PageError::ALL {
        add(
            &format!("error-{}", error.code()),
            ErrorPage::new(ctx(), error).respond(),
        );
    }
}
