//! What an account is and what may happen to it.
//!
//! Aggregates take commands and answer with events or a business error. Nothing here reads a clock,
//! draws a random number, touches a database or knows about HTTP: whoever issues a command brings
//! the ids and the facts it needs.

mod browser_session;
mod catalogue;
mod claim;
mod compat_session;
mod disclosure;
mod email_address;
mod event;
mod id;
mod invitee;
mod oauth2_client;
mod oauth2_session;
mod personal_session;
mod pii;
mod policy_data;
mod registration_token;
mod scope;
mod session;
mod upcast;
pub mod user;
mod username;

pub use browser_session::{
    AuthenticationMethod, BrowserSession, BrowserSessionCommand, BrowserSessionError,
    BrowserSessionEvent,
};
pub use catalogue::{EventField, EventKind};
pub use claim::{Claim, ClaimKind};
pub use compat_session::{
    CompatLogin, CompatSession, CompatSessionCommand, CompatSessionError, CompatSessionEvent,
    StartCompatSession,
};
pub use disclosure::{PersonalData, PersonalDataCommand, PersonalDataEvent};
pub use email_address::{EmailAddress, InvalidEmailAddress};
pub use event::{Event, EventDecodeError, StoredEvent, decode_as, event_kinds};
pub use id::{
    AuthenticationId, BrowserSessionId, ClientId, CompatSessionId, CompatSsoLoginId, EmailId,
    GrantId, IdParseError, Oauth2SessionId, PasswordId, PersonalSessionId, PolicyDataId,
    RegistrationTokenId, TokenId, UpstreamLinkId, UpstreamProviderId, UserId, parse_ulid,
};
pub use invitee::Invitee;
pub use oauth2_client::{Client, ClientCommand, ClientError, ClientEvent, ClientMetadata};
pub use oauth2_session::{
    GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionError, Oauth2SessionEvent,
};
pub use personal_session::{
    PersonalSession, PersonalSessionCommand, PersonalSessionError, PersonalSessionEvent,
    PersonalSessionOwner,
};
pub use pii::Pii;
pub use policy_data::{PolicyData, PolicyDataCommand, PolicyDataError, PolicyDataEvent};
pub use registration_token::{
    RegistrationToken, RegistrationTokenCommand, RegistrationTokenError, RegistrationTokenEvent,
};
pub use scope::{InvalidScope, Scope};
pub use session::SessionEnd;
pub use upcast::{UpcastError, upcast};
pub use user::{User, UserCommand, UserError, UserEvent};
pub use username::{InvalidUsername, Username};
