//! Ours: where events are kept.

use serde::{Deserialize, Serialize, Serializer};

use super::database_uri::mask_password;
use crate::config::{key_path::KeyPath, report::Report, secret::Secret, section::Section};

/// Where events are kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EventStore {
    pub kind: EventStoreKind,
    /// `esdb://…` or `esdb+discover://…`, for `kind: eventstoredb`.
    #[serde(serialize_with = "masked", skip_serializing_if = "Option::is_none")]
    pub uri: Option<Secret<String>>,
    /// The stream that is the log. Default `muniment-log`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventStoreKind {
    /// In the configured database.
    #[default]
    Database,
    /// In EventStoreDB or KurrentDB, with the configured database following it.
    EventStoreDb,
}

impl EventStore {
    fn check_unused(&self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, given) in [
            ("uri", self.uri.is_some()),
            ("stream", self.stream.is_some()),
        ] {
            if given {
                report.warn(&at.key(key), "has no use with `kind: database`");
            }
        }
    }
}

#[cfg(feature = "eventstoredb")]
mod built_in {
    use muniment_store::log::eventstoredb::{
        DEFAULT_STREAM, EventStoreDbError, EventStoreDbOptions,
    };

    use super::{EventStore, EventStoreKind, KeyPath, Report};

    impl EventStore {
        /// Where the log of record is, unless it is the database.
        #[must_use]
        pub fn options(&self) -> Option<EventStoreDbOptions> {
            match (self.kind, &self.uri) {
                (EventStoreKind::EventStoreDb, Some(uri)) => Some(EventStoreDbOptions {
                    uri: uri.expose().clone(),
                    stream: self
                        .stream
                        .clone()
                        .unwrap_or_else(|| DEFAULT_STREAM.to_owned()),
                }),
                _ => None,
            }
        }

        pub(super) fn check_kind(&self, at: &KeyPath, report: &mut Report<'_>) {
            let Some(options) = self.options() else {
                let at = at.key("uri");
                return report.problem(&at, "missing, and `kind: eventstoredb` needs it");
            };
            if let Err(EventStoreDbError::Uri(reason)) = options.check() {
                let text = format!("not a connection string: {reason}");
                report.problem(&at.key("uri"), text);
            }
            if options.stream.is_empty() || options.stream.starts_with('$') {
                let text = "must name a stream, not beginning with `$`";
                report.problem(&at.key("stream"), text);
            }
        }
    }
}

#[cfg(not(feature = "eventstoredb"))]
impl EventStore {
    #[expect(
        clippy::unused_self,
        reason = "it is used where the feature is built in"
    )]
    fn check_kind(&self, at: &KeyPath, report: &mut Report<'_>) {
        report.problem(
            &at.key("kind"),
            "eventstoredb is not in this build; use `database`, or build with \
             `--features eventstoredb`",
        );
    }
}

impl Section for EventStore {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        match self.kind {
            EventStoreKind::Database => self.check_unused(at, report),
            EventStoreKind::EventStoreDb => self.check_kind(at, report),
        }
    }
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn masked<S: Serializer>(uri: &Option<Secret<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = uri.as_ref().map(|uri| mask_password(uri.expose()));
    text.serialize(serializer)
}
