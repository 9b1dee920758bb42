//! How passwords are treated, as configured (contract oauth2.md 18).

use super::scheme::Scheme;

#[derive(Debug, Clone)]
pub struct PasswordSettings {
    pub enabled: bool,
    /// Least zxcvbn score, 0 to 4.
    pub minimum_complexity: u8,
    /// At least one, each with a version of its own. The highest hashes new passwords.
    pub schemes: Vec<Scheme>,
}
