//! `muniment config`: what the program makes of its configuration.

use std::path::PathBuf;

use clap::Subcommand;

use super::CliError;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration and say what is wrong, unknown or without effect
    Check,
    /// Print the configuration as it applies, with secrets masked
    Dump,
}

impl ConfigCommand {
    pub fn run(self, files: &[PathBuf]) -> Result<(), CliError> {
        let loaded = Config::load(files)?;
        match self {
            Self::Check => {
                for warning in &loaded.warnings {
                    outln!("warning: {warning}");
                }
                for key in loaded.config.without_effect() {
                    outln!("note: {key} has no effect in this version");
                }
                if loaded.files.is_empty() {
                    outln!("There is no configuration file; the defaults apply");
                } else {
                    outln!("The configuration is right");
                }
            }
            Self::Dump => out!("{}", loaded.config.dump()),
        }
        Ok(())
    }
}
