//! Sealing secrets that lie in rows: client secrets, registration tokens, signing keys, mail to be
//! sent.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{KeyError, SealingKey};
use crate::Entropy;

/// Seals with a key of the program, which `muniment keys rotate` wraps anew: what is sealed stays
/// as it is. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    key: Arc<SealingKey>,
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    pub(super) fn new(key: &[u8; 32], entropy: Arc<dyn Entropy>) -> Self {
        Self {
            key: Arc::new(SealingKey::new(key)),
            entropy,
        }
    }

    /// `context` says what the value is and whose: it opens under no other, so that nobody who can
    /// write rows can put one secret in the place of another.
    pub fn seal(&self, context: &str, clear: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.seal(&*self.entropy, context.as_bytes(), clear)
    }

    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.key
            .open(context.as_bytes(), sealed)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Sealed)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counter;

    fn sealer(key: u8) -> Sealer {
        Sealer::new(&[key; 32], Arc::new(Counter::default()))
    }

    #[test]
    fn what_is_sealed_opens_under_the_same_context_and_key_alone() {
        let sealer = sealer(1);
        let hidden = sealer.seal("client secret 1", b"hunter2").unwrap();
        assert_eq!(
            *sealer.open("client secret 1", &hidden).unwrap(),
            b"hunter2"
        );
        assert!(sealer.open("client secret 2", &hidden).is_err());
        assert!(self::sealer(2).open("client secret 1", &hidden).is_err());
    }

    #[test]
    fn a_changed_or_cut_value_does_not_open() {
        let sealer = sealer(1);
        let hidden = sealer.seal("x", b"hunter2").unwrap();
        for at in 0..hidden.len() {
            let mut changed = hidden.clone();
            changed[at] ^= 1;
            assert!(sealer.open("x", &changed).is_err(), "byte {at}");
            assert!(sealer.open("x", &hidden[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_value_is_never_sealed_alike() {
        let sealer = sealer(1);
        assert_ne!(
            sealer.seal("x", b"a").unwrap(),
            sealer.seal("x", b"a").unwrap()
        );
    }
}
