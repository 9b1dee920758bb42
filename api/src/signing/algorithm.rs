//! The signature algorithms of JOSE (RFC 7518 section 3.1, RFC 8812) that are spoken here.

use std::str::FromStr;

use aws_lc_rs::{digest, hmac, signature};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// What a signature is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    Es256,
    Es256k,
    Es384,
    Hs256,
    Hs384,
    Hs512,
    Ps256,
    Ps384,
    Ps512,
    Rs256,
    Rs384,
    Rs512,
}

/// An `alg` that is not spoken here; `none` among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature algorithm is not supported")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// In the order of their names.
    pub const ALL: [Self; 12] = [
        Self::Es256,
        Self::Es256k,
        Self::Es384,
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es256k => "ES256K",
            Self::Es384 => "ES384",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// The left half of the hash of a value, as in `at_hash` and `c_hash` (`OpenID` Connect Core
    /// section 3.1.3.6).
    #[must_use]
    pub fn half_hash(self, value: &str) -> String {
        let digest = digest::digest(self.digest(), value.as_bytes());
        let bytes = digest.as_ref();
        URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() / 2])
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Es256 | Self::Es256k | Self::Hs256 | Self::Ps256 | Self::Rs256 => &digest::SHA256,
            Self::Es384 | Self::Hs384 | Self::Ps384 | Self::Rs384 => &digest::SHA384,
            Self::Hs512 | Self::Ps512 | Self::Rs512 => &digest::SHA512,
        }
    }

    /// How a shared secret signs; `None` for the algorithms with two keys.
    pub(super) const fn hmac(self) -> Option<hmac::Algorithm> {
        match self {
            Self::Hs256 => Some(hmac::HMAC_SHA256),
            Self::Hs384 => Some(hmac::HMAC_SHA384),
            Self::Hs512 => Some(hmac::HMAC_SHA512),
            _ => None,
        }
    }

    /// How an RSA key signs.
    pub(super) const fn rsa_signing(self) -> Option<&'static signature::RsaSignatureEncoding> {
        match self {
            Self::Rs256 => Some(&signature::RSA_PKCS1_SHA256),
            Self::Rs384 => Some(&signature::RSA_PKCS1_SHA384),
            Self::Rs512 => Some(&signature::RSA_PKCS1_SHA512),
            Self::Ps256 => Some(&signature::RSA_PSS_SHA256),
            Self::Ps384 => Some(&signature::RSA_PSS_SHA384),
            Self::Ps512 => Some(&signature::RSA_PSS_SHA512),
            _ => None,
        }
    }

    /// How the signature of an RSA key of 2048 bits or more is verified.
    pub(super) const fn rsa_verifying(self) -> Option<&'static signature::RsaParameters> {
        match self {
            Self::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
            _ => None,
        }
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(UnknownAlgorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_algorithms_is_that_of_their_names() {
        let names: Vec<&str> = Algorithm::ALL.map(Algorithm::name).to_vec();
        assert!(names.is_sorted());
        assert!(Algorithm::ALL.is_sorted());
        for name in names {
            assert_eq!(name.parse::<Algorithm>().unwrap().name(), name);
        }
        for unknown in ["none", "", "rs256", "EdDSA"] {
            assert!(unknown.parse::<Algorithm>().is_err());
        }
    }

    /// The examples of `OpenID` Connect Core, appendix A.3 and A.4.
    #[test]
    fn half_hashes_are_those_of_the_specification() {
        assert_eq!(
            Algorithm::Rs256.half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(
            Algorithm::Es256
                .half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            "LDktKdoQak3Pk0cnXxCltA"
        );
    }

    #[test]
    fn half_hashes_follow_the_size_of_the_hash() {
        for (algorithm, length) in [
            (Algorithm::Es256k, 22),
            (Algorithm::Es384, 32),
            (Algorithm::Ps512, 43),
        ] {
            assert_eq!(algorithm.half_hash("x").len(), length, "{algorithm:?}");
        }
    }
}
