//! Why a task stopped: one line for people, an exit code for programs.

use std::{fmt::Display, process::ExitCode};

pub type Result<T> = std::result::Result<T, Failure>;

#[derive(Debug)]
pub struct Failure {
    message: Option<String>,
    code: u8,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            code: 1,
        }
    }

    pub const fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// The program that failed has said why; nothing may follow its words.
    pub const fn already_told(code: u8) -> Self {
        Self {
            message: None,
            code,
        }
    }

    /// Stopped by Ctrl-C or SIGTERM.
    pub fn interrupted() -> Self {
        Self::new("interrupted").with_code(130)
    }

    pub fn report(&self) -> ExitCode {
        if let Some(message) = &self.message {
            eprintln!("error: {message}");
        }
        ExitCode::from(self.code)
    }
}

/// Says what was being done when a lower layer failed.
pub trait Context<T> {
    fn context(self, doing: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{doing}: {error}")))
    }
}
