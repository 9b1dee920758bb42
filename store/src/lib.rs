//! The event log and what is written with it: claims, the vault, the keys of personal data.

mod ambient;
pub mod check;
mod claims;
pub mod client_assertions;
mod codec;
mod journal;
mod keys;
pub mod log;
pub mod migrate;
pub mod signing_keys;
pub mod sql;
mod vault;

pub use ambient::{Clock, Entropy, Ids};
pub use claims::{ClaimHasher, owner_of};
pub use codec::{Codec, CodecError};
pub use journal::{ExecuteError, Execution, Journal};
pub use keys::{Erasure, KeyError, KeyRing, MasterSecret, Sealer};
pub use vault::{StoredPassword, VaultWrite, current_password};
