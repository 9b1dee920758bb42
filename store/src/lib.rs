//! The event log and what is written with it: claims, the vault, the keys of personal data.

pub mod activity;
mod ambient;
pub mod bundle;
pub mod check;
mod claims;
pub mod client_assertions;
mod codec;
pub mod compat_sso;
pub mod expiry;
pub mod grants;
pub mod graphql_calls;
pub mod idempotent_requests;
pub mod index;
mod journal;
mod keys;
pub mod log;
pub mod migrate;
pub mod outbox;
pub mod recovery;
pub mod registrations;
pub mod schedule;
pub mod signing_keys;
pub mod sql;
pub mod time;
pub mod tokens;
pub mod tree;
pub mod upstream;
mod vault;

pub use ambient::{Clock, Entropy, Ids};
pub use claims::{ClaimHasher, owner_by_reference, owner_of, owners_of};
pub use codec::{Codec, CodecError};
pub use journal::{Batch, ExecuteError, Execution, Journal, Precondition};
pub use keys::{Erasure, KeyError, KeyRing, MasterSecret, Sealer};
pub use vault::{StoredPassword, VaultWrite, current_password};
