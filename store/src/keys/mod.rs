//! The keys that seal personal data: one a person, and one for each thing that can be shredded while
//! the person stays; wrapped by a key made of `secrets.encryption`, in a store of their own.
//!
//! A key is on disk before the first event that needs it, so that a crash leaves at most a key that
//! nothing uses. A key that was destroyed is never made again.

mod destroy;
mod opened;
mod program;
mod rewrap;
mod ring;
mod sealer;
mod sealing;
mod secret;

pub use destroy::Erasure;
pub(crate) use opened::Folded;
pub use ring::KeyRing;
pub use sealer::Sealer;
pub(crate) use sealing::SealingKey;
pub use secret::MasterSecret;

use crate::sql::DatabaseError;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(
        "a key cannot be unwrapped: it was wrapped under another secrets.encryption; give that one \
         in secrets.previous_encryption"
    )]
    Unwrap,
    #[error("personal data cannot be decrypted: the event or its key was altered")]
    Decrypt,
    #[error("a sealed value cannot be opened: it was altered, or the store of keys is another's")]
    Sealed,
    #[error("encryption failed")]
    Encrypt,
    /// The person was erased; nothing more can be written about them.
    #[error("the person's key was destroyed")]
    Destroyed,
    /// Not an erasure, which leaves a trace: the store of keys is not the one of this log.
    #[error("a key is missing: restore the store of keys that belongs to this database")]
    Missing,
}
