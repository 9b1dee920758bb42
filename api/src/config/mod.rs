//! The configuration file: found, read, merged, checked.
//!
//! Section and key names are those of contract/oauth2.md section 23, so that an operator can bring
//! a file along. An unknown key is a warning, a wrong value an error that names the key. Nothing
//! here opens a socket or a database.

mod bootstrap;
mod documents;
mod dump;
mod effect;
mod key_path;
mod load;
mod report;
mod secret;
mod section;
mod sections;
mod source;
mod wording;

#[cfg(test)]
mod tests;

pub use bootstrap::{Bootstrapped, bootstrap, local_encryption_key};
pub use load::{Config, Loaded};
pub use report::{ConfigError, Finding};
pub use secret::Secret;
pub use sections::*;
pub use source::Environment;
