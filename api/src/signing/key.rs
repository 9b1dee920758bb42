//! A key that signs.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{EcdsaKeyPair, KeyPair, RsaKeyPair},
};
use zeroize::Zeroizing;

use super::{
    Algorithm,
    jwk::{Jwk, Material},
    kind::{CURVES, Curve, KeyKind},
};

/// Both parts of a key.
pub struct PrivateKey {
    kind: KeyKind,
    pair: Pair,
    public: Material,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

/// The cryptographic library refused; it does not say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot do this")]
pub struct SigningError;

impl PrivateKey {
    /// From PKCS#8, PKCS#1 or SEC1 in DER, whichever it is; the reason when it is none of
    /// them, or shorter than RFC 7518 section 3.3 demands.
    pub fn from_der(der: &[u8]) -> Result<Self, &'static str> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            let public = pair.public_key();
            return Ok(Self {
                kind: KeyKind::Rsa,
                public: Material::rsa(
                    public.modulus().big_endian_without_leading_zero(),
                    public.exponent().big_endian_without_leading_zero(),
                ),
                pair: Pair::Rsa(pair),
            });
        }
        for curve in &CURVES {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(curve.signing, der) {
                return Ok(Self {
                    kind: curve.kind,
                    public: point(curve, pair.public_key().as_ref())
                        .ok_or("the public part of the key is not understood")?,
                    pair: Pair::Ec(pair),
                });
            }
        }
        Err(
            "not a private key that is understood: RSA (PKCS#1, PKCS#8) of 2048 bits or more, or \
             P-256, P-384 or secp256k1 (SEC1, PKCS#8), in PEM or DER",
        )
    }

    /// A new key, in PKCS#8. It is random by the cryptographic library's own doing.
    pub fn generate(kind: KeyKind) -> Result<Zeroizing<Vec<u8>>, SigningError> {
        let der = match kind.curve() {
            None => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SigningError)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SigningError)?;
                der.as_ref().to_vec()
            }
            Some(curve) => EcdsaKeyPair::generate(curve.signing)
                .and_then(|pair| pair.to_pkcs8v1())
                .map_err(|_| SigningError)?
                .as_ref()
                .to_vec(),
        };
        Ok(Zeroizing::new(der))
    }

    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint()
    }

    /// As clients see it (contract oauth2.md 3.2).
    #[must_use]
    pub fn public(&self, kid: &str) -> Jwk {
        Jwk {
            material: self.public.clone(),
            usage: Some("sig".to_owned()),
            alg: None,
            kid: Some(kid.to_owned()),
        }
    }

    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let encoding = algorithm.rsa_signing().ok_or(SigningError)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature)
                    .map_err(|_| SigningError)?;
                Ok(signature)
            }
            Pair::Ec(pair) => {
                if !self.kind.algorithms().contains(&algorithm) {
                    return Err(SigningError);
                }
                let signature = pair.sign(&random, message).map_err(|_| SigningError)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

/// From the uncompressed form: 4, x, y.
fn point(curve: &Curve, bytes: &[u8]) -> Option<Material> {
    let (4, coordinates) = bytes.split_first().map(|(first, rest)| (*first, rest))? else {
        return None;
    };
    let (x, y) = coordinates.split_at_checked(curve.size)?;
    Some(Material::ec(curve.name, x, y))
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateKey")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
