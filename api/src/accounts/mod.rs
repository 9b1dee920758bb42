//! What can be done to accounts, for every surface: REST, GraphQL and the command line.
//!
//! Checks what the domain cannot (strength of a password, uniqueness), runs the command, and answers
//! with the state after it. Whether the caller may do it is decided before, in `auth`.

mod change;
mod compat;
mod device;
mod disuse;
mod effects;
mod email;
mod email_code;
mod end_sessions;
mod enroll;
mod erase;
mod error;
mod failures;
mod flags;
mod password;
mod personal_session;
mod prove_email;
mod recover;
mod register;
mod registration_token;
mod session;
mod sign_in;
mod upstream;
mod upstream_link;
mod upstream_logout;
mod with_homeserver;

pub use change::UserChange;
pub use compat::{
    CompatRefusal, CompatStart, StartedCompat, compat_violations, draw_compat_tokens,
    end_compat_sessions, start_compat_session,
};
pub use device::make_devices;
pub use disuse::end_disused_sessions;
pub use effects::{provision, sync_devices};
pub use email::{EmailUniqueness, add_email, remove_email};
pub use end_sessions::{
    Ending, OtherSessions, SessionRef, end_browser_session, end_other_sessions, end_session,
    end_sessions, finish_session,
};
pub use enroll::{
    Applicant, EnrollError, Enrolled, complete_enrollment, enroll, is_email_in_use,
    is_username_available,
};
pub use erase::{erase, scrub};
pub use error::AccountError;
pub use failures::FailedSignIns;
pub use flags::{deactivate, lock, reactivate, set_admin, unlock, unlock_and_reactivate};
pub use password::{confirm_password, set_password};
pub use personal_session::{
    NewPersonalSession, create_personal_session, end_personal_session, regenerate_personal_token,
};
pub use prove_email::{EmailProof, prove_email, resend_email_code, start_email_authentication};
pub use recover::{
    RecoveryRefusal, check_ticket, find_ticket, mail_password_link, mail_recovery_tickets,
    recover_password, send_password_link, send_recovery_mails, start_recovery,
};
pub use register::{NewUser, add_user, register, register_if_free};
pub use registration_token::{
    NewRegistrationToken, RegistrationTokenChange, change_registration_token,
    forget_expired_invitees, issue_registration_token, open_registration_token,
    set_registration_token_revoked, valid_registration_token,
};
pub use session::{
    IssuedTokens, TokenPair, TokenRequest, Visitor, draw_tokens, issue_tokens, sign_in,
    sign_in_commands,
};
pub use sign_in::{PasswordAttempt, check_password, find_by_login, localpart};
pub use upstream::{
    Arrival, ArrivalError, Browser, arrive, enroll_vouched, links_to, told_context,
};
pub use upstream_link::{NewUpstreamLink, link_upstream, unlink_upstream};
pub use upstream_logout::end_upstream_sessions;
pub use with_homeserver::{
    JointError, allow_cross_signing_reset, name_compat_session, name_oauth2_session,
    set_display_name,
};

use muniment_domain::{User, UserCommand, UserId};
use muniment_projections::queries::{self, UserRow};
use muniment_store::{Execution, VaultWrite, log::Receipt};

use crate::app::App;

async fn execute(
    app: &App,
    user: UserId,
    command: UserCommand,
    execution: Execution,
) -> Result<Option<Receipt>, AccountError> {
    let enqueues = execution
        .vault
        .iter()
        .any(|write| matches!(write, VaultWrite::Enqueue(_)));
    let receipt = app
        .journal
        .execute::<User>(user.as_uuid(), command, execution)
        .await?;
    if enqueues && receipt.is_some() {
        app.outbox.wake();
    }
    Ok(receipt)
}

/// The account as it stands.
pub async fn get(app: &App, user: UserId) -> Result<UserRow, AccountError> {
    let found = queries::user(&app.reads, user).await?;
    found.ok_or(AccountError::UserNotFound)
}

/// Destroys the keys of a person that the log says are destroyed.
async fn destroy_keys(app: &App, user: UserId) -> Result<(), AccountError> {
    let erasures = queries::erasures_of(&app.reads, user).await?;
    app.keys.destroy(&erasures).await?;
    Ok(())
}
