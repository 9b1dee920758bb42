//! Every page in every state worth looking at. The tests go over them; `PAGES_DIR=… cargo test
//! gallery` also writes them into a folder, to be opened in a browser.

mod samples;

use std::sync::Arc;

use ulid::Ulid;
use url::Url;

use muniment_domain::{EmailAddress, Invitee, RegistrationTokenId, Username};

use super::{bundle::Bundle, views::*, *};
use crate::{
    locale::Locale,
    site::{Captcha, CaptchaService},
};
pub use samples::brand;
use samples::*;

/// What must not come through as it is.
pub const HOSTILE: &str = "<script>alert(1)</script>\"' onload=x <!-- &amp;";

/// A page, under a name that says its state and language.
pub struct Shown {
    pub name: String,
    pub response: poem::Response,
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
