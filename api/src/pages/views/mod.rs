//! The pages, a struct each: fields in, an answer out ([`Page`](super::Page)). All fields are
//! public and there are no others, so that a handler that forgets one does not compile.

mod account;
mod compat_sso;
mod consent;
mod device;
mod error;
mod home;
mod interstitial;
mod login;
mod parts;
mod password;
mod policy_violation;
mod recovery;
mod register;
mod register_steps;
mod relay;
mod upstream;

pub use account::AccountPage;
pub use compat_sso::{CompatSsoExpiredPage, CompatSsoPage};
pub use consent::ConsentPage;
pub use device::{DeviceConsentPage, DeviceLinkPage, DeviceOutcome, DeviceOutcomePage};
pub use error::ErrorPage;
pub use home::HomePage;
pub use interstitial::{Inactive, InterstitialPage};
pub use login::LoginPage;
pub use parts::{ClientCard, Permission, Person, ProviderButton, permissions};
pub use password::{
    DeadLink, DeadLinkPage, PasswordChangePage, PasswordRecoveryPage, PasswordSetPage,
    PasswordUnchangeablePage, Unchangeable,
};
pub use policy_violation::{PolicyViolationPage, Refused};
pub use recovery::{
    RecoveryConsumedPage, RecoveryDisabledPage, RecoveryProgressPage, RecoveryStartPage,
};
pub use register::{RegisterPage, RegisterPasswordPage, with_token};
pub use register_steps::{DisplayNamePage, EmailInUsePage, TokenPage, VerifyEmailPage};
pub use relay::{FormPostPage, RepostPage};
pub use upstream::{
    Imported, UpstreamFailure, UpstreamFailurePage, UpstreamMismatchPage, UpstreamRegisterPage,
    UpstreamSuggestLinkPage,
};
