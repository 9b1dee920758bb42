//! `email`: outgoing mail.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::mailbox::Mailbox;
use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// Outgoing mail (contract/oauth2.md section 23, `email`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Email {
    /// The sender. Default `"Authentication Service" <root@localhost>`.
    pub from: Mailbox,
    /// Where answers go. Default `"Authentication Service" <root@localhost>`.
    pub reply_to: Mailbox,
    /// Default `blackhole`.
    pub transport: Transport,
    /// smtp: there whenever the transport is smtp.
    pub mode: Option<SmtpMode>,
    /// smtp: there whenever the transport is smtp.
    pub hostname: Option<String>,
    port: Option<u16>,
    /// smtp: there exactly when `password` is.
    pub username: Option<String>,
    pub password: Option<Secret<String>>,
    password_file: Option<PathBuf>,
    /// sendmail: the program. Default `sendmail`.
    pub command: String,
}

/// How mail leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// It does not.
    #[default]
    Blackhole,
    Smtp,
    Sendmail,
    /// Ours: the text is printed to the log, for trying out on one's own machine.
    Log,
}

/// How an SMTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpMode {
    /// Not at all.
    Plain,
    StartTls,
    Tls,
}

fn default_sender() -> Mailbox {
    Mailbox {
        name: Some("Authentication Service".to_owned()),
        address: "root@localhost".to_owned(),
    }
}

impl Default for Email {
    fn default() -> Self {
        Self {
            from: default_sender(),
            reply_to: default_sender(),
            transport: Transport::Blackhole,
            mode: None,
            hostname: None,
            port: None,
            username: None,
            password: None,
            password_file: None,
            command: "sendmail".to_owned(),
        }
    }
}

impl Email {
    /// smtp: the port. Default 25, 587 or 465 for plain, starttls or tls.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.mode {
            Some(SmtpMode::Plain) | None => 25,
            Some(SmtpMode::StartTls) => 587,
            Some(SmtpMode::Tls) => 465,
        })
    }

    fn check_smtp(&self, at: &KeyPath, report: &mut Report<'_>) {
        if self.hostname.as_deref().unwrap_or_default().is_empty() {
            report.problem(
                &at.key("hostname"),
                "missing; transport smtp needs the mail server's name",
            );
        }
        if self.mode.is_none() {
            report.problem(
                &at.key("mode"),
                "missing; transport smtp needs plain, starttls or tls",
            );
        }
        if self.port == Some(0) {
            report.problem(&at.key("port"), "must be from 1 to 65535");
        }
        let password = self.password.is_some() || self.password_file.is_some();
        if self.username.is_some() != password {
            let missing = if password { "username" } else { "password" };
            report.problem(
                &at.key(missing),
                "missing; give both username and password, or neither",
            );
        }
    }

    fn warn_unused(&self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, given) in [
            ("mode", self.mode.is_some()),
            ("hostname", self.hostname.is_some()),
            ("port", self.port.is_some()),
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
        ] {
            if given {
                report.warn(&at.key(key), "has no effect except with transport smtp");
            }
        }
    }
}

impl Section for Email {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        settle(
            &mut self.password,
            self.password_file.as_deref(),
            "password",
            at,
            report,
        );
        match self.transport {
            Transport::Smtp => self.check_smtp(at, report),
            Transport::Sendmail if self.command.is_empty() => {
                report.problem(
                    &at.key("command"),
                    "must not be empty; remove the key for `sendmail`",
                );
            }
            Transport::Blackhole | Transport::Sendmail | Transport::Log => {
                self.warn_unused(at, report);
            }
        }
    }
}
