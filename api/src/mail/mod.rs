//! Outgoing mail: putting a message together, and handing it to whatever carries it.
//!
//! Mails are sent by the worker from the outbox alone (`jobs`), never within a request.

mod letter;
#[cfg(test)]
mod tests;
mod texts;

use std::time::Duration;

use lettre::{
    Address, AsyncSendmailTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{Mailbox, MultiPart},
    transport::smtp::authentication::Credentials,
};
use sha2::{Digest, Sha256};

pub use letter::{Letter, Reader, code, password_link, recovery};

use crate::config::{self, SmtpMode};

/// For one step of a conversation with the mail server.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer names are cut, in characters.
const MAX_NAME: usize = 100;

/// Why a mail did not leave. Never holds an address or a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It may work later.
    #[error("{0}")]
    Transient(String),
    #[error("{0}")]
    Permanent(String),
}

/// Mail cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    #[error("email: the connection to the mail server cannot be set up: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("email: the sender's address cannot be used: {0}")]
    Address(#[from] AddressError),
}

enum Carrier {
    /// Nowhere.
    Blackhole,
    /// The whole text goes to the log, on purpose: it is the default of a developer's machine, where
    /// whoever reads the log is whoever the mail is for.
    Log,
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Sendmail(AsyncSendmailTransport<Tokio1Executor>),
}

/// Sends mails as one sender.
pub struct Mailer {
    /// What the deployment calls itself.
    pub service: String,
    from: Mailbox,
    reply_to: Mailbox,
    carrier: Carrier,
}

/// Where a mail goes.
pub struct Recipient<'a> {
    pub address: &'a str,
    pub name: Option<&'a str>,
}

impl std::fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recipient(***)")
    }
}

impl Mailer {
    /// Makes ready what the configuration names; connects to nothing yet.
    pub fn new(config: &config::Email, service: &str) -> Result<Self, MailSetupError> {
        Ok(Self {
            service: service.to_owned(),
            from: sender(&config.from)?,
            reply_to: sender(&config.reply_to)?,
            carrier: match config.transport {
                config::Transport::Blackhole => Carrier::Blackhole,
                config::Transport::Log => Carrier::Log,
                config::Transport::Smtp => Carrier::Smtp(smtp(config)?),
                config::Transport::Sendmail => Carrier::Sendmail(
                    AsyncSendmailTransport::new_with_command(config.command.as_str()),
                ),
            },
        })
    }

    /// Sends a mail. The same `key` gives the same Message-ID, by which programs that a mail reaches
    /// twice can tell.
    pub async fn send(
        &self,
        to: &Recipient<'_>,
        letter: &Letter,
        key: &str,
        now: i64,
    ) -> Result<(), MailError> {
        match &self.carrier {
            Carrier::Blackhole => Ok(()),
            Carrier::Log => {
                tracing::info!(
                    "a mail, printed here because email.transport is log\nTo: {}\nSubject: {}\n\n{}",
                    to.address,
                    letter.subject,
                    letter.text
                );
                Ok(())
            }
            Carrier::Smtp(transport) => {
                let message = self.message(to, letter, key, now)?;
                transport
                    .send(message)
                    .await
                    .map(drop)
                    .map_err(|error| refusal(&error))
            }
            Carrier::Sendmail(transport) => {
                let message = self.message(to, letter, key, now)?;
                // What the program says may name the recipient.
                transport.send(message).await.map_err(|error| {
                    MailError::Transient(if error.is_response() {
                        "the sendmail command refused the mail".to_owned()
                    } else {
                        "the sendmail command cannot be run".to_owned()
                    })
                })
            }
        }
    }

    fn message(
        &self,
        to: &Recipient<'_>,
        letter: &Letter,
        key: &str,
        now: i64,
    ) -> Result<Message, MailError> {
        let address: Address = to.address.parse().map_err(|_| {
            MailError::Permanent("the recipient's address is not an address".to_owned())
        })?;
        let date = std::time::UNIX_EPOCH + Duration::from_micros(u64::try_from(now).unwrap_or(0));
        Message::builder()
            .from(self.from.clone())
            .reply_to(self.reply_to.clone())
            .to(Mailbox::new(to.name.map(one_line), address))
            .subject(one_line(&letter.subject))
            .date(date)
            .message_id(Some(self.message_id(key)))
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .map_err(|_| MailError::Permanent("the mail cannot be put together".to_owned()))
    }

    fn message_id(&self, key: &str) -> String {
        let hash = hex::encode(Sha256::digest(key.as_bytes()));
        format!("<{}@{}>", &hash[..32], self.from.email.domain())
    }
}

/// Without what could end a header, and not longer than a name is.
fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect()
}

fn sender(mailbox: &config::Mailbox) -> Result<Mailbox, AddressError> {
    let name = mailbox.name.as_deref().map(one_line);
    Ok(Mailbox::new(name, mailbox.address.parse()?))
}

fn smtp(config: &config::Email) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailSetupError> {
    type Smtp = AsyncSmtpTransport<Tokio1Executor>;
    let host = config.hostname.as_deref().unwrap_or_default();
    let builder = match config.mode {
        Some(SmtpMode::Plain) | None => Smtp::builder_dangerous(host),
        Some(SmtpMode::StartTls) => Smtp::starttls_relay(host)?,
        Some(SmtpMode::Tls) => Smtp::relay(host)?,
    };
    let builder = builder.port(config.port()).timeout(Some(PATIENCE));
    Ok(match (&config.username, &config.password) {
        (Some(username), Some(password)) => builder.credentials(Credentials::new(
            username.clone(),
            password.expose().clone(),
        )),
        _ => builder,
    }
    .build())
}

/// The server's own words may name the recipient: only its code is told.
fn refusal(error: &lettre::transport::smtp::Error) -> MailError {
    let text = match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
        None if error.is_tls() => "the connection to the mail server cannot be secured".to_owned(),
        None if error.is_client() => "the mail server lacks something that is needed".to_owned(),
        None => "the mail server cannot be reached".to_owned(),
    };
    if error.is_permanent() {
        MailError::Permanent(text)
    } else {
        MailError::Transient(text)
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.carrier {
            Carrier::Blackhole => "Mailer(blackhole)",
            Carrier::Log => "Mailer(log)",
            Carrier::Smtp(_) => "Mailer(smtp)",
            Carrier::Sendmail(_) => "Mailer(sendmail)",
        })
    }
}
