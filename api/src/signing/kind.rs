//! The kinds of keys that sign, and what each can do.

use std::str::FromStr;

use aws_lc_rs::signature::{self, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm};

use super::Algorithm;

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum KeyKind {
    Rsa,
    P256,
    P384,
    Secp256k1,
}

/// What is peculiar to an elliptic curve.
pub(super) struct Curve {
    pub kind: KeyKind,
    /// In a JWK.
    pub name: &'static str,
    /// Bytes of a coordinate.
    pub size: usize,
    pub algorithm: Algorithm,
    pub signing: &'static EcdsaSigningAlgorithm,
    pub verifying: &'static EcdsaVerificationAlgorithm,
}

pub(super) static CURVES: [Curve; 3] = [
    Curve {
        kind: KeyKind::P256,
        name: "P-256",
        size: 32,
        algorithm: Algorithm::Es256,
        signing: &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        verifying: &signature::ECDSA_P256_SHA256_FIXED,
    },
    Curve {
        kind: KeyKind::P384,
        name: "P-384",
        size: 48,
        algorithm: Algorithm::Es384,
        signing: &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        verifying: &signature::ECDSA_P384_SHA384_FIXED,
    },
    Curve {
        kind: KeyKind::Secp256k1,
        name: "secp256k1",
        size: 32,
        algorithm: Algorithm::Es256k,
        signing: &signature::ECDSA_P256K1_SHA256_FIXED_SIGNING,
        verifying: &signature::ECDSA_P256K1_SHA256_FIXED,
    },
];

impl KeyKind {
    pub const ALL: [Self; 4] = [Self::Rsa, Self::P256, Self::P384, Self::Secp256k1];

    /// Stored: never change one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// What a key of this kind can sign with (contract oauth2.md 3.1).
    #[must_use]
    pub const fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::Rsa => &[
                Algorithm::Rs256,
                Algorithm::Rs384,
                Algorithm::Rs512,
                Algorithm::Ps256,
                Algorithm::Ps384,
                Algorithm::Ps512,
            ],
            Self::P256 => &[Algorithm::Es256],
            Self::P384 => &[Algorithm::Es384],
            Self::Secp256k1 => &[Algorithm::Es256k],
        }
    }

    /// `None` for RSA.
    pub(super) fn curve(self) -> Option<&'static Curve> {
        CURVES.iter().find(|curve| curve.kind == self)
    }
}

impl FromStr for KeyKind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(())
    }
}
