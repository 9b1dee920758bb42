//! Checkpoints as they are signed and handed around: the C2SP formats
//! [tlog-checkpoint](https://c2sp.org/tlog-checkpoint) and
//! [signed-note](https://c2sp.org/signed-note), with Ed25519.

use std::{fmt, str::FromStr};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::Hash;

/// The signature type of Ed25519.
const ED25519_TYPE: u8 = 1;
/// Begins the lines of signatures.
const DASH: &str = "\u{2014} ";
/// Longer notes are none of a checkpoint.
const LONGEST: usize = 64 * 1024;

/// What the tree over the first events is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log it is.
    pub origin: String,
    /// How many events.
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// What is signed.
    fn text(&self) -> String {
        let root = STANDARD.encode(self.root);
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// Reads what is signed; further lines are extensions, which say nothing about the tree.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = lines.next().filter(|origin| !origin.is_empty())?;
        let digits = lines.next()?;
        let size: u64 = digits.parse().ok()?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        // No sign, and no leading zeros.
        (size.to_string() == digits).then(|| Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("it is not a signed checkpoint")]
    Malformed,
    #[error("it is not signed by the key {0:08x} of this name")]
    NotSigned(u32),
    #[error("the signature is not that of its text")]
    Forged,
    #[error("its origin is not the name of the key")]
    Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the public key of a log: expected NAME+ID+KEY as `muniment audit key` prints it")]
pub struct VerifyingKeyError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be empty, and have no white space and no `+`")]
pub struct KeyNameError;

/// The public half of a log's key. Written as in C2SP signed-note: `NAME+ID+KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    public: [u8; 32],
}

impl VerifyingKey {
    /// The log's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells keys of one name apart.
    #[must_use]
    pub fn id(&self) -> u32 {
        let mut hasher = Sha256::new();
        hasher.update(&self.name);
        hasher.update([b'\n', ED25519_TYPE]);
        hasher.update(self.public);
        let digest: [u8; 32] = hasher.finalize().into();
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
    }

    /// What a note says, if this key has signed it.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        if note.len() > LONGEST {
            return Err(NoteError::Malformed);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        let checkpoint = Checkpoint::parse(text).ok_or(NoteError::Malformed)?;
        if checkpoint.origin != self.name {
            return Err(NoteError::Origin);
        }
        let mut answer = Err(NoteError::NotSigned(self.id()));
        for line in signatures.lines() {
            let (name, signature) = line
                .strip_prefix(DASH)
                .and_then(|line| line.split_once(' '))
                .ok_or(NoteError::Malformed)?;
            let signature = STANDARD
                .decode(signature)
                .map_err(|_| NoteError::Malformed)?;
            let Some((id, signature)) = signature.split_at_checked(4) else {
                return Err(NoteError::Malformed);
            };
            if name != self.name || id != self.id().to_be_bytes() {
                continue;
            }
            let public = UnparsedPublicKey::new(&ED25519, self.public);
            public
                .verify(text.as_bytes(), signature)
                .map_err(|_| NoteError::Forged)?;
            answer = Ok(());
        }
        answer.map(|()| checkpoint)
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [ED25519_TYPE; 33];
        bytes[1..].copy_from_slice(&self.public);
        let key = STANDARD.encode(bytes);
        write!(f, "{}+{:08x}+{key}", self.name, self.id())
    }
}

impl FromStr for VerifyingKey {
    type Err = VerifyingKeyError;

    fn from_str(text: &str) -> Result<Self, VerifyingKeyError> {
        let mut parts = text.trim().splitn(3, '+');
        let mut next = || parts.next().ok_or(VerifyingKeyError);
        let (name, id, key) = (next()?, next()?, next()?);
        let key = STANDARD.decode(key).map_err(|_| VerifyingKeyError)?;
        let public = match key.split_first() {
            Some((&ED25519_TYPE, public)) => public.try_into().map_err(|_| VerifyingKeyError)?,
            _ => return Err(VerifyingKeyError),
        };
        let name = key_name(name).map_err(|_| VerifyingKeyError)?;
        let key = Self { name, public };
        if format!("{:08x}", key.id()) == id {
            Ok(key)
        } else {
            Err(VerifyingKeyError)
        }
    }
}

/// What a key may be called.
fn key_name(name: &str) -> Result<String, KeyNameError> {
    let stray = |c: char| c.is_whitespace() || c == '+';
    if name.is_empty() || name.contains(stray) {
        return Err(KeyNameError);
    }
    Ok(name.to_owned())
}

/// The key of a log.
pub struct Signer {
    pair: Ed25519KeyPair,
    key: VerifyingKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer")
            .field(&self.key.to_string())
            .finish()
    }
}

impl Signer {
    /// From its 32 secret bytes; nothing if they are none.
    #[must_use]
    pub fn from_seed(origin: &str, seed: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        Self::of(origin, pair)
    }

    /// From PKCS#8, DER, as `openssl genpkey -algorithm ed25519 -outform DER` makes it.
    #[must_use]
    pub fn from_pkcs8(origin: &str, der: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
        Self::of(origin, pair)
    }

    /// Whether a log may have this origin.
    pub fn check_origin(origin: &str) -> Result<(), KeyNameError> {
        key_name(origin).map(drop)
    }

    fn of(origin: &str, pair: Ed25519KeyPair) -> Option<Self> {
        let public = pair.public_key().as_ref().try_into().ok()?;
        let name = key_name(origin).ok()?;
        let key = VerifyingKey { name, public };
        Some(Self { pair, key })
    }

    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The signed note over a tree.
    #[must_use]
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let origin = self.key.name.clone();
        let text = Checkpoint { origin, size, root }.text();
        let mut signature = self.key.id().to_be_bytes().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        let signature = STANDARD.encode(signature);
        format!("{text}\n{DASH}{} {signature}\n", self.key.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::from_seed("example.com/muniment", &[7; 32]).unwrap()
    }

    #[test]
    fn a_note_opens_under_the_key_that_signed_it() {
        let signer = signer();
        let note = signer.sign(17, [3; 32]);
        let checkpoint = signer.key().open(&note).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (17, [3; 32]));
        assert_eq!(
            note.lines().take(4).collect::<Vec<_>>(),
            [
                "example.com/muniment",
                "17",
                "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=",
                ""
            ]
        );
    }

    /// The example of golang.org/x/mod/sumdb/note, which the formats come from.
    #[test]
    fn the_formats_are_those_of_other_programs() {
        let key: VerifyingKey =
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
                .parse()
                .unwrap();
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(
            key.to_string(),
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        );
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
        let signature = STANDARD
            .decode(
                "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=",
            )
            .unwrap();
        UnparsedPublicKey::new(&ED25519, key.public)
            .verify(text.as_bytes(), &signature[4..])
            .unwrap();
    }

    #[test]
    fn any_change_is_found() {
        let signer = signer();
        let note = signer.sign(17, [3; 32]);
        for (from, to, expected) in [
            ("17", "18", NoteError::Forged),
            ("AwMD", "BwMD", NoteError::Forged),
            ("\n17\n", "\n017\n", NoteError::Malformed),
            ("\n\n", "\n", NoteError::Malformed),
            ("example.com", "example.org", NoteError::Origin),
        ] {
            let changed = note.replacen(from, to, 1);
            assert_eq!(signer.key().open(&changed), Err(expected), "{from}");
        }
        let other = Signer::from_seed("example.com/muniment", &[8; 32]).unwrap();
        let expected = NoteError::NotSigned(other.key().id());
        assert_eq!(other.key().open(&note), Err(expected));
    }

    #[test]
    fn other_signatures_may_stand_beside() {
        let signer = signer();
        let note = signer.sign(17, [3; 32]) + "\u{2014} witness.example AAAAAAAA\n";
        assert!(signer.key().open(&note).is_ok());
        assert!(signer.key().open(&(note + "nonsense\n")).is_err());
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = signer().key().clone();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let text = key.to_string();
        for wrong in ["", "a", "a+b+c", &text.replacen("example", "other", 1)] {
            assert_eq!(
                wrong.parse::<VerifyingKey>(),
                Err(VerifyingKeyError),
                "{wrong}"
            );
        }
        assert!(Signer::from_seed("a b", &[1; 32]).is_none());
        assert!(Signer::check_origin("a+b").is_err());
    }
}
