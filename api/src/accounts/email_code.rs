//! Codes that are mailed to prove an address.

use muniment_domain::UserId;
use muniment_store::{outbox::OutboxItem, registrations::NewEmailCode, time::MINUTE};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::AccountError;
use crate::{app::App, jobs::Effect};

/// How long a mailed code is good for, in microseconds.
const LIFETIME: i64 = 5 * MINUTE;

/// A code that nobody has been mailed yet.
pub(super) struct DrawnCode {
    id: Uuid,
    authentication_id: Uuid,
    text: Zeroizing<String>,
    created_at: i64,
    mail: OutboxItem,
}

/// Who is mailed a code.
pub(super) struct Recipient<'a> {
    pub authentication_id: Uuid,
    /// If they have an account already.
    pub user_id: Option<UserId>,
    pub email: &'a str,
    /// A language tag.
    pub locale: &'a str,
    pub username: &'a str,
}

impl DrawnCode {
    pub fn draw(app: &App, to: &Recipient<'_>) -> Result<Self, AccountError> {
        let (id, created_at) = (app.ids.ulid(), app.clock.now());
        let text = digits(app);
        let mail = Effect::SendEmailCode {
            authentication_id: to.authentication_id,
            user_id: to.user_id,
            email: to.email.to_owned(),
            code: text.to_string(),
            locale: to.locale.to_owned(),
            name: Some(to.username.to_owned()),
            expires_at: created_at + LIFETIME,
        };
        Ok(Self {
            id,
            authentication_id: to.authentication_id,
            text,
            created_at,
            mail: mail.item(&app.outbox, id)?,
        })
    }

    /// To be kept, with its mail.
    pub fn row(&self) -> NewEmailCode<'_> {
        NewEmailCode {
            id: self.id,
            authentication_id: self.authentication_id,
            code: &self.text,
            created_at: self.created_at,
            expires_at: self.created_at + LIFETIME,
            mail: self.mail.clone(),
        }
    }
}

/// Six digits, each as likely as any other.
fn digits(app: &App) -> Zeroizing<String> {
    const CODES: u32 = 1_000_000;
    loop {
        let mut bytes = [0; 4];
        app.entropy.fill(&mut bytes);
        let number = u32::from_le_bytes(bytes);
        // What lies in the last, cut-off round would make small numbers likelier.
        if number < u32::MAX - u32::MAX % CODES {
            return Zeroizing::new(format!("{:06}", number % CODES));
        }
    }
}
