//! Keys that sign tokens, and the signatures of others that are verified.
//!
//! All twelve algorithms go through one cryptographic library, the one that TLS uses, and keys are
//! read once: the JWT crates do not know ES256K, read the system's clock, and would parse the key
//! for each signature.

mod algorithm;
mod current;
pub mod id_token;
pub mod jwk;
pub mod jws;
pub mod key;
mod keys;
mod kind;
mod load;

#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use current::CurrentKeys;
pub use jwk::JwkSet;
pub use keys::{ConfiguredKey, Origin, SignError, SigningKeys, SigningKeysError, generate};
pub use kind::KeyKind;
pub use load::load;
