use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::SealingKey;

/// The secrets from which wrapping keys are made: `secrets.encryption` of the configuration, and
/// those that were there before it.
#[derive(Clone)]
pub struct MasterSecret {
    current: Zeroizing<[u8; 32]>,
    previous: Vec<Zeroizing<[u8; 32]>>,
}

impl MasterSecret {
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            current: Zeroizing::new(secret),
            previous: Vec::new(),
        }
    }

    /// Secrets that may still unwrap, but wrap nothing any more.
    #[must_use]
    pub fn with_previous(mut self, secrets: impl IntoIterator<Item = [u8; 32]>) -> Self {
        self.previous
            .extend(secrets.into_iter().map(Zeroizing::new));
        self
    }

    /// The secrets themselves, for whoever must derive another key of them; the current one first.
    pub fn expose(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .map(|secret| &**secret)
    }

    /// The current one first.
    pub(super) fn wrapping_keys(&self) -> Vec<WrappingKey> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .map(WrappingKey::of)
            .collect()
    }
}

impl std::fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterSecret(***)")
    }
}

/// What wraps other keys.
pub(super) struct WrappingKey {
    /// Tells it from others; stored beside what it wraps.
    pub name: [u8; 8],
    pub key: SealingKey,
}

impl WrappingKey {
    fn of(secret: &Zeroizing<[u8; 32]>) -> Self {
        let mut key = [0u8; 32];
        derive(secret, "muniment wrapping key v1", &mut key);
        let mut name = [0u8; 8];
        derive(secret, "muniment wrapping key name v1", &mut name);
        let wrapping = Self {
            name,
            key: SealingKey::new(&key),
        };
        key.zeroize();
        wrapping
    }
}

/// HKDF-SHA-256 (RFC 5869) with the purpose as its info.
fn derive(secret: &Zeroizing<[u8; 32]>, purpose: &str, out: &mut [u8]) {
    let expanded = Hkdf::<Sha256>::new(None, secret.as_slice()).expand(purpose.as_bytes(), out);
    debug_assert!(expanded.is_ok(), "this little is within HKDF's limit");
}
