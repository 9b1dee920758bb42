//! The recorded scenarios and the program that replays them.

use std::{
    env, fmt, fs,
    io::{BufRead, BufReader},
    ops::AddAssign,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use crate::{
    failure::{Context, Failure, Result},
    process::Running,
    workspace,
};

/// Where the scenarios are, relative to the workspace.
const BESIDE: &str = "../shared/conformance";
const ELSEWHERE: &str = "MUNIMENT_CONFORMANCE_DIR";
const PROGRAM: &str = "conform.py";

/// The scenarios that the server passes. Grows with it.
const PASSING: [&str; 15] = [
    "admin-auth",
    "admin-misc",
    "admin-oauth2-sessions",
    "admin-personal-sessions",
    "admin-registration-tokens",
    "admin-user-emails",
    "admin-users",
    "admin-users-list",
    "browser-session",
    "graphql-admin-mutations",
    "graphql-auth",
    "graphql-queries",
    "graphql-self-service",
    "oauth-code-flow",
    "oauth-discovery",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scenarios {
    Passing,
    All,
    Named(Vec<String>),
}

impl Scenarios {
    /// As arguments; without any, everything there is runs.
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Passing => PASSING.to_vec(),
            Self::All => Vec::new(),
            Self::Named(names) => names.iter().map(String::as_str).collect(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub passed: u64,
    pub failed: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Totals {
    fn parse(line: &str) -> Option<Self> {
        let (passed, failed) = line.trim().split_once(" passed, ")?;
        Some(Self {
            passed: passed.parse().ok()?,
            failed: failed.strip_suffix(" failed")?.parse().ok()?,
        })
    }
}

#[derive(Debug)]
pub struct Suite {
    dir: PathBuf,
}

impl Suite {
    pub const ABSENT: &str = "the conformance scenarios are not here: they are looked for in \
                              ../shared/conformance, or where MUNIMENT_CONFORMANCE_DIR says";

    /// `None` where there are no scenarios; a folder that was named must have them.
    pub fn find() -> Result<Option<Self>> {
        let named = env::var_os(ELSEWHERE).map(PathBuf::from);
        let dir = named
            .clone()
            .unwrap_or_else(|| workspace::root().join(BESIDE));
        if dir.join(PROGRAM).is_file() {
            return Ok(Some(Self { dir }));
        }
        match named {
            None => Ok(None),
            Some(dir) => Err(Failure::new(format!(
                "{ELSEWHERE} names {}, and there is no {PROGRAM}",
                dir.display()
            ))
            .with_code(2)),
        }
    }

    /// The server's configuration, with placeholders.
    pub fn config(&self) -> Result<String> {
        let file = self.dir.join("config.yaml");
        fs::read_to_string(&file).context(format_args!("cannot read {}", file.display()))
    }

    /// Replays the scenarios. Prints what the program says, but for its totals.
    pub fn run(&self, port: u16, smtp_port: u16, scenarios: &Scenarios) -> Result<Totals> {
        let mut command = Command::new("python3");
        command
            .arg(self.dir.join(PROGRAM))
            .args(["--base", &format!("http://127.0.0.1:{port}")])
            .args(["--smtp", &smtp_port.to_string()])
            .args(scenarios.names())
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped());
        let mut running = Running::start(&mut command, "python3 (which runs conform.py)")?;
        let output = running.child().stdout.take();
        let reader = thread::spawn(move || {
            let mut totals = None;
            for line in output
                .into_iter()
                .flat_map(|out| BufReader::new(out).lines())
            {
                let Ok(line) = line else { break };
                match Totals::parse(&line) {
                    None => println!("{line}"),
                    found => totals = found,
                }
            }
            totals
        });
        let status = running.wait()?;
        let totals = reader.join().ok().flatten();
        totals
            .ok_or_else(|| Failure::new(format!("{PROGRAM} stopped before it was done ({status})")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_as_they_are_written() {
        let totals = Totals {
            passed: 61,
            failed: 2,
        };
        assert_eq!(Totals::parse("61 passed, 2 failed"), Some(totals));
        assert_eq!(totals.to_string(), "61 passed, 2 failed");
        assert_eq!(Totals::parse("admin-users: 61 of 63 agree"), None);
    }

    #[test]
    fn totals_add_up() {
        let mut sum = Totals::default();
        for passed in [3, 4] {
            sum += Totals { passed, failed: 1 };
        }
        assert_eq!(sum.to_string(), "7 passed, 2 failed");
    }

    #[test]
    fn all_scenarios_need_no_names() {
        assert!(Scenarios::All.names().is_empty());
        assert_eq!(Scenarios::Passing.names(), PASSING);
    }
}
