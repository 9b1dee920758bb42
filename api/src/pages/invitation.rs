//! The invitation that somebody brings along in the link they were sent.

use muniment_domain::{EmailAddress, Invitee, RegistrationTokenId, Username};

use super::{FormState, Input, Problem};
use crate::{
    accounts::{self, AccountError},
    app::App,
};

/// A registration token that can be used.
#[derive(Clone)]
pub struct Invitation {
    pub id: RegistrationTokenId,
    pub text: String,
    pub invitee: Invitee,
}

impl Invitation {
    /// The one that a token stands for. One that cannot be used is as if it were not there, but said.
    pub async fn find(
        app: &App,
        token: Option<&str>,
        form: &mut FormState,
    ) -> Result<Option<Self>, AccountError> {
        let Some(text) = token.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let found = accounts::valid_registration_token(app, text).await?;
        if found.is_none() {
            form.refuse_form(Problem::Invitation);
        }
        Ok(found.map(|row| Self {
            id: row.id,
            text: text.to_owned(),
            invitee: row.invitee,
        }))
    }

    pub fn username(&self) -> Option<&str> {
        self.invitee.username.as_ref().map(Username::as_str)
    }

    pub fn email(&self) -> Option<&str> {
        self.invitee.email.as_ref().map(EmailAddress::as_str)
    }

    /// Fills in what it says.
    pub fn fill(&self, form: &mut FormState) {
        for (input, value) in [
            (Input::Username, self.username()),
            (Input::Email, self.email()),
        ] {
            if let Some(value) = value {
                form.keep(input, value);
            }
        }
    }

    /// Refuses another name or address than it says.
    pub fn check(&self, username: &str, email: Option<&str>, form: &mut FormState) {
        if self.username().is_some_and(|name| name != username) {
            form.refuse(Input::Username, Problem::NotInvited);
        }
        let address = email.and_then(|email| EmailAddress::parse(email).ok());
        if self.invitee.email.is_some() && self.invitee.email != address {
            form.refuse(Input::Email, Problem::NotInvited);
        }
    }
}
