//! The configuration that the recorded answers hold under, with its blanks filled in.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::failure::{Context, Failure, Result};

#[derive(Debug)]
pub struct Settings {
    pub port: u16,
    pub smtp_port: u16,
    pub database_uri: String,
}

impl Settings {
    /// Fills in the template and puts it into `dir`.
    pub fn write(&self, template: &str, dir: &Path) -> Result<PathBuf> {
        let file = dir.join("config.yaml");
        fs::write(&file, self.fill(template)?)
            .context(format_args!("cannot write {}", file.display()))?;
        Ok(file)
    }

    fn fill(&self, template: &str) -> Result<String> {
        let filled = template
            .replace("@PORT@", &self.port.to_string())
            .replace("@SMTP_PORT@", &self.smtp_port.to_string())
            .replace("@DATABASE_URI@", &self.database_uri);
        match placeholder(&filled) {
            None => Ok(filled),
            Some(unknown) => Err(Failure::new(format!(
                "the conformance configuration has a placeholder {unknown} that this does not know"
            ))),
        }
    }
}

/// The first `@NAME@` in the text.
fn placeholder(text: &str) -> Option<String> {
    text.split_whitespace().find_map(|word| {
        let (_, rest) = word.split_once('@')?;
        let (name, _) = rest.split_once('@')?;
        let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
        (!name.is_empty() && name.chars().all(is_name)).then(|| format!("@{name}@"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            port: 8080,
            smtp_port: 2526,
            database_uri: "sqlite:///tmp/muniment.db".to_owned(),
        }
    }

    #[test]
    fn every_placeholder_is_filled_in_wherever_it_stands() {
        let template = "issuer: http://127.0.0.1:@PORT@/\naddress: 127.0.0.1:@PORT@\n\
                        uri: \"@DATABASE_URI@\"\nport: @SMTP_PORT@\n";
        assert_eq!(
            settings().fill(template).unwrap(),
            "issuer: http://127.0.0.1:8080/\naddress: 127.0.0.1:8080\n\
             uri: \"sqlite:///tmp/muniment.db\"\nport: 2526\n"
        );
    }

    #[test]
    fn an_unknown_placeholder_is_an_error_that_names_it() {
        let failure = settings().fill("secret: \"@SECRET_KEY@\"").unwrap_err();
        assert!(format!("{failure:?}").contains("@SECRET_KEY@"));
    }

    #[test]
    fn an_email_address_is_no_placeholder() {
        let text = "from: '\"Auth\" <noreply@example.com>'\n";
        assert_eq!(settings().fill(text).unwrap(), text);
    }
}
