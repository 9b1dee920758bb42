//! Registrations on their way, and codes that prove an address: rows until there is an account.

mod email;
mod registration;

pub(crate) use email::prove;
pub use email::{
    EmailAuthentication, EmailCode, NewEmailAuthentication, NewEmailCode,
    close_email_authentication, complete_email_authentication, email_authentication, email_code,
    put_email_authentication, put_email_code,
};
pub use registration::{
    NewRegistration, Registration, attach_registration_token, put_registration,
    put_vouched_registration, registration, set_registration_display_name,
};

use muniment_domain::UserId;
use uuid::Uuid;

use crate::{
    expiry::Expiry,
    sql::{Query, query},
    time::DAY,
};

/// Registrations that nobody goes on with, or that are complete.
pub const REGISTRATIONS: Expiry = Expiry {
    table: "registrations",
    key: "id",
    time: "created_at",
    after: 30 * DAY,
};

pub const EMAIL_AUTHENTICATIONS: Expiry = Expiry {
    table: "email_authentications",
    key: "id",
    time: "created_at",
    after: 7 * DAY,
};

pub const EMAIL_CODES: Expiry = Expiry {
    table: "email_authentication_codes",
    key: "id",
    time: "created_at",
    after: 7 * DAY,
};

/// The registration is complete: what it knew of the person is in the account now.
pub(crate) fn complete(id: Uuid, at: i64) -> [Query<'static>; 2] {
    let authentication = "DELETE FROM email_authentications WHERE id IN \
        (SELECT email_authentication_id FROM registrations WHERE id = $1)";
    let registration = "UPDATE registrations SET completed_at = $1, username = '', ip = NULL, \
        user_agent = NULL, display_name = NULL, password_scheme = NULL, password_hash = NULL, \
        email_authentication_id = NULL WHERE id = $2";
    [
        query(authentication).bind(id),
        query(registration).bind(at).bind(id),
    ]
}

/// Addresses that a user was about to prove.
pub(crate) fn forget(user_id: UserId) -> Query<'static> {
    query("DELETE FROM email_authentications WHERE user_id = $1").bind(user_id.as_uuid())
}
