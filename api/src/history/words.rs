//! What an event says, in a person's language: `history-<type>` in the catalogue, and what more there
//! is to say under `history-<type>-details`.

use muniment_domain::{
    AuthenticationMethod, BrowserSessionEvent, CompatLogin, CompatSessionEvent, Event, GrantType,
    Oauth2SessionEvent, PersonalDataEvent, PersonalSessionEvent, Pii, SessionEnd,
    UpstreamProviderId, UserEvent,
    user::{EmailRemovalReason, Origin},
};
use serde::Serialize;

use super::Entry;
use crate::locale::{Locale, Value, text, text_if_any};

/// What others are called whom an event names by their ids alone.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The client that it is about.
    pub client: Option<String>,
    /// The other service that it is about.
    pub provider: Option<String>,
}

impl Entry {
    /// What happened, in a few words.
    #[must_use]
    pub fn title(&self, locale: Locale, names: &Names) -> String {
        text(locale, &self.key(), &self.args(locale, names))
    }

    /// What more there is to say. Personal data that was erased is left out.
    #[must_use]
    pub fn details(&self, locale: Locale, names: &Names) -> Option<String> {
        let key = format!("{}-details", self.key());
        text_if_any(locale, &key, &self.args(locale, names))
    }

    fn key(&self) -> String {
        key(&self.record.event_type)
    }

    /// The other service that it is about.
    #[must_use]
    pub const fn provider(&self) -> Option<UpstreamProviderId> {
        match &self.event {
            Event::User(UserEvent::UserUpstreamLinked { provider_id, .. })
            | Event::BrowserSession(BrowserSessionEvent::BrowserSessionAuthenticated {
                method: AuthenticationMethod::Upstream { provider_id, .. },
                ..
            }) => Some(*provider_id),
            _ => None,
        }
    }

    /// Every text may use all of these; what an event has nothing of is empty.
    fn args(&self, locale: Locale, names: &Names) -> [(&'static str, Value<'static>); 5] {
        let client = names
            .client
            .clone()
            .unwrap_or_else(|| text(locale, "history-some-client", &[]));
        let provider = names
            .provider
            .clone()
            .unwrap_or_else(|| text(locale, "history-some-provider", &[]));
        [
            ("client", client.into()),
            ("provider", provider.into()),
            ("value", self.value().unwrap_or_default().into()),
            ("how", self.how().unwrap_or_default().into()),
            ("count", self.count().into()),
        ]
    }

    /// The word that it is about: an address, a name.
    fn value(&self) -> Option<String> {
        fn clear<T: ToString>(value: Option<&Pii<T>>) -> Option<String> {
            value.and_then(Pii::clear).map(ToString::to_string)
        }
        match &self.event {
            Event::User(event) => match event {
                UserEvent::UserRegistered { username, .. } => {
                    username.clear().map(|name| name.as_str().to_owned())
                }
                UserEvent::UserEmailAdded { email, .. } => {
                    email.clear().map(|email| email.as_str().to_owned())
                }
                UserEvent::UserDisplayNameSet { display_name, .. } => clear(display_name.as_ref()),
                UserEvent::UserUpstreamLinked { account_name, .. } => clear(account_name.as_ref()),
                UserEvent::UserTermsAccepted { terms_uri, .. } => Some(terms_uri.clone()),
                _ => None,
            },
            Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionNamed { name, .. })
            | Event::CompatSession(CompatSessionEvent::CompatSessionNamed { name, .. })
            | Event::PersonalSession(PersonalSessionEvent::PersonalSessionCreated {
                name, ..
            }) => clear(Some(name)),
            Event::CompatSession(CompatSessionEvent::CompatSessionStarted {
                name,
                device_id,
                ..
            }) => clear(name.as_ref()).or_else(|| clear(device_id.as_ref())),
            _ => None,
        }
    }

    /// The variant of what happened, as it stands in the log.
    fn how(&self) -> Option<String> {
        match &self.event {
            Event::User(event) => match event {
                UserEvent::UserRegistered { origin, .. }
                | UserEvent::UserEmailAdded { origin, .. }
                | UserEvent::UserPasswordSet { origin, .. } => word::<Origin>(origin),
                UserEvent::UserEmailRemoved { reason, .. } => word::<EmailRemovalReason>(reason),
                UserEvent::UserDeactivated {
                    erase_on_homeserver: true,
                    ..
                } => Some("erase".to_owned()),
                _ => None,
            },
            Event::BrowserSession(event) => match event {
                BrowserSessionEvent::BrowserSessionAuthenticated { method, .. } => Some(
                    match method {
                        AuthenticationMethod::Password { .. } => "password",
                        AuthenticationMethod::Upstream { .. } => "upstream",
                        AuthenticationMethod::Issued => "issued",
                    }
                    .to_owned(),
                ),
                BrowserSessionEvent::BrowserSessionFinished { reason, .. } => {
                    word::<SessionEnd>(reason)
                }
                _ => None,
            },
            Event::Oauth2Session(event) => match event {
                Oauth2SessionEvent::Oauth2SessionStarted { grant, .. } => word::<GrantType>(grant),
                Oauth2SessionEvent::Oauth2SessionFinished { reason, .. } => {
                    word::<SessionEnd>(reason)
                }
                _ => None,
            },
            Event::CompatSession(event) => match event {
                CompatSessionEvent::CompatSessionStarted { login, .. } => Some(
                    match login {
                        CompatLogin::Password => "password",
                        CompatLogin::Sso { .. } => "sso",
                        CompatLogin::Issued => "issued",
                    }
                    .to_owned(),
                ),
                CompatSessionEvent::CompatSessionFinished { reason, .. } => {
                    word::<SessionEnd>(reason)
                }
                CompatSessionEvent::CompatSessionNamed { .. } => None,
            },
            Event::PersonalSession(PersonalSessionEvent::PersonalSessionRevoked {
                reason, ..
            }) => word::<SessionEnd>(reason),
            _ => None,
        }
    }

    fn count(&self) -> u32 {
        match &self.event {
            Event::User(UserEvent::UserSignInsFailed { attempts, .. }) => *attempts,
            Event::PersonalData(PersonalDataEvent::PersonalDataDisclosed { entries, .. }) => {
                *entries
            }
            _ => 0,
        }
    }
}

fn key(event_type: &str) -> String {
    format!("history-{}", event_type.replace(['.', '_'], "-"))
}

/// The word by which an enumeration is stored.
fn word<T: Serialize>(value: &T) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use muniment_domain::event_kinds;

    use super::*;
    use crate::locale::keys;

    #[test]
    fn every_type_of_event_is_told_in_every_language() {
        for locale in Locale::ALL {
            let known = keys(locale);
            for kind in event_kinds() {
                let key = key(kind.event_type);
                assert!(known.contains_key(&key), "{key} in {}", locale.tag());
            }
        }
    }
}
