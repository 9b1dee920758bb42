//! Which files make up the configuration, and where data lies.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The folder used when `MUNIMENT_DATA_DIR` is not set, relative to the working directory.
const DATA_DIR: &str = "muniment-data";

/// What the process's environment says about the configuration.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `MUNIMENT_CONFIG`: configuration files, separated by colons.
    pub config: Option<OsString>,
    /// `MUNIMENT_DATA_DIR`: the folder for a database and keys that no file places elsewhere.
    pub data_dir: PathBuf,
}

impl Environment {
    /// Reads the two variables. An empty one counts as unset.
    #[must_use]
    pub fn of_process() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            config: set("MUNIMENT_CONFIG"),
            data_dir: set("MUNIMENT_DATA_DIR")
                .map_or_else(|| PathBuf::from(DATA_DIR), PathBuf::from),
        }
    }

    /// The file that [`bootstrap`](super::bootstrap) writes.
    #[must_use]
    pub fn local_file(&self) -> PathBuf {
        local_file(&self.data_dir)
    }

    /// The files to read, in the order they are merged: those given, else those of
    /// `MUNIMENT_CONFIG`, else the one in the data folder when it exists. None at all means
    /// built-in defaults.
    #[must_use]
    pub fn files(&self, given: &[PathBuf]) -> Vec<PathBuf> {
        if !given.is_empty() {
            return given.to_vec();
        }
        if let Some(list) = &self.config {
            return std::env::split_paths(list)
                .filter(|path| !path.as_os_str().is_empty())
                .collect();
        }
        let local = self.local_file();
        // A file that is there but cannot be looked at must become an error, not defaults.
        match local.try_exists() {
            Ok(false) => Vec::new(),
            Ok(true) | Err(_) => vec![local],
        }
    }
}

pub(super) fn local_file(data_dir: &Path) -> PathBuf {
    data_dir.join("config.yaml")
}
