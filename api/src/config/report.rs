//! Problems and warnings, gathered so that one run shows all of them.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::{documents::Documents, key_path::KeyPath};

/// One thing to tell the operator, with the place it comes from. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file that wrote the value; `None` for a default or the environment.
    pub file: Option<PathBuf>,
    /// Line and column, both from 1, when the text itself is at fault.
    pub position: Option<(u64, u64)>,
    /// The dotted key, as `http.listeners[0].name`; empty when the file as a whole is meant.
    pub key: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Finding {
    pub(crate) fn of_key(key: String, message: impl Into<String>) -> Self {
        Self {
            file: None,
            position: None,
            key,
            message: message.into(),
        }
    }

    pub(crate) fn in_file(file: &Path, message: impl Into<String>) -> Self {
        Self {
            file: Some(file.to_owned()),
            position: None,
            key: String::new(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            if let Some((line, column)) = self.position {
                write!(f, ":{line}:{column}")?;
            }
            f.write_str(": ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// The configuration cannot be used. Displays one problem a line, ready for a terminal.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines(problems))]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Finding>,
}

impl From<Finding> for ConfigError {
    fn from(problem: Finding) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

fn lines(problems: &[Finding]) -> String {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

/// Gathers findings while the sections are read and checked.
#[derive(Debug)]
pub(super) struct Report<'a> {
    documents: &'a Documents,
    refused: Vec<KeyPath>,
    problems: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) fn new(documents: &'a Documents) -> Self {
        Self {
            documents,
            refused: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// A problem with a key whose value was refused adds nothing, and is dropped.
    pub(super) fn problem(&mut self, at: &KeyPath, message: impl Into<String>) {
        if self.refused.contains(at) {
            return;
        }
        let finding = self.finding(at, message.into());
        self.problems.push(finding);
    }

    /// A value of the wrong type; checks go on as if the key were absent.
    pub(super) fn refuse(&mut self, at: &KeyPath, message: impl Into<String>) {
        self.problem(at, message);
        self.refused.push(at.clone());
    }

    /// A warning for the same key and text is kept once.
    pub(super) fn warn(&mut self, at: &KeyPath, message: impl Into<String>) {
        let finding = self.finding(at, message.into());
        if !self.warnings.contains(&finding) {
            self.warnings.push(finding);
        }
    }

    fn finding(&self, at: &KeyPath, message: String) -> Finding {
        Finding {
            file: self.documents.file_of(at).map(Path::to_owned),
            position: None,
            key: at.to_string(),
            message,
        }
    }

    /// The warnings, or every problem found.
    pub(super) fn finish(self) -> Result<Vec<Finding>, ConfigError> {
        if self.problems.is_empty() {
            Ok(self.warnings)
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }
}
