//! The steps of `cargo xtask test`.

use clap::ValueEnum;

/// In the order in which they run. `Tests` is last, so that its summary ends the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// The account pages: types, texts, weight; where there is npm
    Ui,
    /// cargo fmt --check
    Fmt,
    /// cargo clippy, warnings denied
    Clippy,
    /// cargo deny: licences, bans, sources
    Deny,
    /// Doc tests
    Doc,
    /// Recorded requests and answers, where present
    Conformance,
    /// All other tests, on SQLite and PostgreSQL
    Tests,
}

impl Step {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ui => "ui",
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Deny => "deny",
            Self::Doc => "doc",
            Self::Conformance => "conformance",
            Self::Tests => "tests",
        }
    }
}
