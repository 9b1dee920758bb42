//! A sender of mail: `"Name" <user@host>` or `user@host`.

use std::{fmt, str::FromStr};

use muniment_domain::EmailAddress;
use serde::{Deserialize, Serialize};

/// A sender of mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox {
    pub name: Option<String>,
    /// A syntactically valid address.
    pub address: String,
}

impl FromStr for Mailbox {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal =
            || format!("found the text `{text}`, expected user@host or '\"Name\" <user@host>'");
        let trimmed = text.trim();
        let (name, address) = match trimmed
            .strip_suffix('>')
            .and_then(|rest| rest.rsplit_once('<'))
        {
            Some((name, address)) => (name.trim(), address),
            None => ("", trimmed),
        };
        let name = match name.strip_prefix('"').map(|rest| rest.strip_suffix('"')) {
            Some(Some(quoted)) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
            Some(None) => return Err(refusal()),
            None => name.to_owned(),
        };
        if name.chars().any(char::is_control) {
            return Err(refusal());
        }
        EmailAddress::parse(address).map_err(|_| refusal())?;
        Ok(Self {
            name: Some(name).filter(|name| !name.is_empty()),
            address: address.to_owned(),
        })
    }
}

impl TryFrom<String> for Mailbox {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Mailbox> for String {
    fn from(mailbox: Mailbox) -> Self {
        mailbox.to_string()
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => {
                let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{quoted}\" <{}>", self.address)
            }
            None => f.write_str(&self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_reads_back_as_written() {
        for text in [
            "root@localhost",
            "\"Auth\" <noreply@example.com>",
            "\"A \\\"B\\\" C\" <noreply@example.com>",
        ] {
            assert_eq!(text.parse::<Mailbox>().unwrap().to_string(), text);
        }
        let plain: Mailbox = "Auth Service <a@example.com>".parse().unwrap();
        assert_eq!(plain.name.as_deref(), Some("Auth Service"));
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for text in ["", "root", "\"Auth <a@example.com>", "Auth <a>"] {
            assert!(text.parse::<Mailbox>().is_err(), "{text}");
        }
    }
}
