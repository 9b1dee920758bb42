use askama::Template;
use ulid::Ulid;

use crate::pages::{Continuation, FormState, Input, PageContext, page::page};

use super::{ClientCard, Permission, Person};

/// `GET` and `POST /link`: `csrf`, `code`.
#[derive(Template)]
#[template(path = "device_link.html")]
pub struct DeviceLinkPage {
    pub ctx: PageContext,
    pub form: FormState,
}

page!(DeviceLinkPage);

/// `GET` and `POST /device/{grant}`: `csrf`, `action=consent|reject`, `confirm_device`.
#[derive(Template)]
#[template(path = "device_consent.html")]
pub struct DeviceConsentPage {
    pub ctx: PageContext,
    pub grant: Ulid,
    pub client: ClientCard,
    pub person: Person,
    pub permissions: Vec<Permission>,
    /// As the device shows it, where that is still known.
    pub user_code: Option<String>,
    /// Where the device asked from.
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub form: FormState,
}

impl DeviceConsentPage {
    fn action(&self) -> String {
        self.ctx.href(format!("/device/{}", self.grant))
    }

    fn continuation(&self) -> Continuation {
        Continuation::DeviceCodeGrant(self.grant)
    }
}

page!(DeviceConsentPage);

/// What became of a device's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceOutcome {
    Granted,
    Rejected,
    Expired,
}

/// `/device/{grant}` when there is nothing left to decide.
#[derive(Template)]
#[template(path = "device_outcome.html")]
pub struct DeviceOutcomePage {
    pub ctx: PageContext,
    pub client: ClientCard,
    pub outcome: DeviceOutcome,
}

impl DeviceOutcomePage {
    fn title(&self) -> String {
        self.ctx.t(match self.outcome {
            DeviceOutcome::Granted => "device-granted-title",
            DeviceOutcome::Rejected => "device-rejected-title",
            DeviceOutcome::Expired => "device-expired-title",
        })
    }

    fn text(&self) -> String {
        let key = match self.outcome {
            DeviceOutcome::Granted => "device-granted-text",
            DeviceOutcome::Rejected => "device-rejected-text",
            DeviceOutcome::Expired => "device-expired-text",
        };
        self.ctx.t1(key, "client", self.client.name())
    }
}

page!(DeviceOutcomePage);
