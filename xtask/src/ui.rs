//! The account pages (`ui/`): built by npm into the folder that the server's build takes them from,
//! where there is npm. A server without them works and says so at `/account/`.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::{Context, Failure, Result},
    process::Running,
    workspace::{find_on_path, root},
};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Built {
    /// From what there is now.
    Now,
    /// Before, from the same sources.
    Before,
    /// There is no npm.
    NoNpm,
}

/// Builds the account pages, unless they are built from just these sources.
pub fn build() -> Result<Built> {
    if find_on_path("npm").is_none() {
        eprintln!("npm is missing: the server is built without account pages");
        return Ok(Built::NoNpm);
    }
    let folder = root().join("ui");
    let sources = digest(&folder)?;
    let stamp = root().join("api/assets/account/.sources");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == sources) {
        return Ok(Built::Before);
    }
    eprintln!("Building the account pages …");
    let lock = fs::read_to_string(folder.join("package-lock.json"))
        .context("the account pages have no lock file")?;
    let installed = folder.join("node_modules/.lock");
    if fs::read_to_string(&installed).is_ok_and(|found| found == lock) {
        eprintln!("what they need is there");
    } else {
        let quiet = ["--no-audit", "--no-fund", "--ignore-scripts"];
        npm(&folder, ["ci", "--loglevel=error"].into_iter().chain(quiet))?;
        fs::write(installed, lock).context("cannot write into node_modules")?;
    }
    npm(&folder, ["run", "build"])?;
    fs::write(stamp, sources).context("cannot write beside the account pages")?;
    Ok(Built::Now)
}

fn npm<'a>(folder: &Path, args: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(args).current_dir(folder);
    if Running::start(&mut npm, "npm")?.wait()?.success() {
        Ok(())
    } else {
        Err(Failure::new("the account pages do not build; see above"))
    }
}

/// Of all that the account pages are made of: tells one state of them from another.
fn digest(folder: &Path) -> Result<String> {
    let mut files = vec![root().join("schema.graphql")];
    collect(folder, &mut files).context("cannot read the account pages")?;
    files.sort();
    let mut digest = DefaultHasher::new();
    for file in &files {
        let content = fs::read(file).context("cannot read the account pages")?;
        (file.strip_prefix(root()).ok(), content).hash(&mut digest);
    }
    Ok(format!("{:016x}", digest.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        } else if name != "node_modules" && name != "gql" {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_another_state_and_packages_of_others_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::create_dir_all(folder.join("node_modules/preact")).unwrap();
        let empty = digest(folder).unwrap();
        fs::write(folder.join("node_modules/preact/index.js"), "1").unwrap();
        assert_eq!(digest(folder).unwrap(), empty);
        fs::write(folder.join("src/main.tsx"), "1").unwrap();
        let one = digest(folder).unwrap();
        fs::write(folder.join("src/main.tsx"), "2").unwrap();
        assert_ne!(one, empty);
        assert_ne!(digest(folder).unwrap(), one);
    }
}
