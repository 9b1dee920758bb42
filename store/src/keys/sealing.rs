use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use super::KeyError;
use crate::Entropy;

const NONCE: usize = 24;

/// Seals and opens with one key (XChaCha20-Poly1305).
pub(crate) struct SealingKey(XChaCha20Poly1305);

impl SealingKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// `nonce || ciphertext || tag`.
    pub(crate) fn seal(
        &self,
        entropy: &dyn Entropy,
        context: &[u8],
        clear: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0u8; NONCE];
        entropy.fill(&mut nonce);
        let payload = Payload {
            msg: clear,
            aad: context,
        };
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| KeyError::Encrypt)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(KeyError::Decrypt)?;
        let payload = Payload {
            msg: sealed,
            aad: context,
        };
        self.0
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| KeyError::Decrypt)
    }
}
