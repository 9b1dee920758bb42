//! Where the machine keeps PostgreSQL's programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Result, workspace::find_on_path};

use super::install;

/// Parent folder, then what stands before and after the version in the path below it.
const VERSIONED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

#[derive(Debug)]
pub struct Binaries {
    dir: PathBuf,
}

impl Binaries {
    /// Finds the programs, or installs them where that is allowed.
    pub fn find_or_install() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        install::install()?;
        Self::find().ok_or_else(install::advice)
    }

    fn find() -> Option<Self> {
        from_pg_config()
            .into_iter()
            .chain(
                VERSIONED
                    .iter()
                    .flat_map(|(parent, prefix, rest)| versioned(Path::new(parent), prefix, rest)),
            )
            .chain(from_path())
            .find(|dir| has_server(dir))
            .map(|dir| Self { dir })
    }

    pub fn server(&self, program: &str) -> PathBuf {
        self.dir.join(program)
    }

    /// Some systems keep the client's programs apart from the server's.
    pub fn client(&self, program: &str) -> PathBuf {
        let beside = self.dir.join(program);
        if beside.is_file() {
            beside
        } else {
            find_on_path(program).unwrap_or(beside)
        }
    }
}

/// `pg_config` may belong to the client library alone, so its word needs checking.
fn has_server(dir: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| dir.join(program).is_file())
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(dir.trim()))
}

/// On the path there may be links, and `initdb` wants its companions beside it.
fn from_path() -> Option<PathBuf> {
    let initdb = fs::canonicalize(find_on_path("initdb")?).ok()?;
    initdb.parent().map(Path::to_path_buf)
}

/// The folders of all versions below `parent`, newest first.
fn versioned(parent: &Path, prefix: &str, rest: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let version = version(name.to_str()?.strip_prefix(prefix)?)?;
            Some((version, entry.path().join(rest)))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| b.cmp(a));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(parent: &Path, prefix: &str, rest: &str) -> Vec<String> {
        versioned(parent, prefix, rest)
            .iter()
            .map(|dir| {
                dir.strip_prefix(parent)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn versions_are_ordered_as_numbers_newest_first() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["9.6", "15", "9.10", "17", "common"] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        assert_eq!(
            names(parent.path(), "", "bin"),
            ["17/bin", "15/bin", "9.10/bin", "9.6/bin"]
        );
    }

    #[test]
    fn a_prefix_tells_versions_from_other_folders() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["pgsql-16", "pgsql-tools", "16", "pgsql-18"] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        assert_eq!(
            names(parent.path(), "pgsql-", "bin"),
            ["pgsql-18/bin", "pgsql-16/bin"]
        );
    }

    #[test]
    fn a_missing_folder_holds_no_version() {
        assert!(versioned(Path::new("/nowhere/at/all"), "", "bin").is_empty());
    }

    #[test]
    fn a_folder_without_the_server_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("initdb"), "").unwrap();
        assert!(!has_server(dir.path()));
        fs::write(dir.path().join("postgres"), "").unwrap();
        assert!(has_server(dir.path()));
    }
}
