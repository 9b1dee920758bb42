//! What lies where in a bundle.

use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

use crate::tree::Hash;

/// Written last: a folder without it is no bundle.
pub(super) const MANIFEST: &str = "manifest.json";
/// The signed checkpoint that the bundle proves itself by.
pub(super) const CHECKPOINT: &str = "checkpoint.txt";
/// All checkpoints up to that one.
pub(super) const CHECKPOINTS: &str = "checkpoints.ndjson";
/// The public key of the log.
pub(super) const KEY: &str = "key.txt";
/// The folder of the events.
pub(super) const EVENTS: &str = "events";
/// What each type of event says.
pub(super) const CATALOGUE: &str = "events.md";
pub(super) const README: &str = "README.md";

const FORMAT: &str = "muniment-bundle";
/// To be raised when readers of former bundles would misread new ones.
const VERSION: u32 = 2;
/// Of bundles that leave nothing out, which readers of the first version can read.
const WHOLE: u32 = 1;
/// Events a segment.
pub(super) const SEGMENT: u64 = 4_096;

#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("{}: {error}", path.display())]
    Io {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{} is no bundle: it has no {MANIFEST}", .0.display())]
    NoBundle(PathBuf),
    #[error("{}: {reason}", path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error("the bundle is of version {0}; this program reads those up to {VERSION}")]
    Version(u32),
}

impl BundleError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }

    pub(super) fn malformed(path: &Path, reason: &impl ToString) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// What a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: String,
    version: u32,
    /// Whose log it is.
    pub origin: String,
    /// The position of the first event.
    pub first: u64,
    /// The position of the last event.
    pub last: u64,
    /// How many events the bundle's checkpoint is about.
    pub tree_size: u64,
    /// Whom all events are about, where there are those of one person alone: of the others there are
    /// hashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Uuid>,
    pub segments: Vec<Segment>,
    /// The complete subtrees over the events before the first, the largest first.
    pub(super) before: Vec<Base64Hash>,
    /// The complete subtrees over the events after the last, in their order.
    pub(super) after: Vec<Base64Hash>,
}

/// Some positions, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Below the bundle's folder.
    pub file: String,
    pub first: u64,
    pub last: u64,
    /// The root of the tree over those of the events that are there.
    pub(super) root: Base64Hash,
}

impl Manifest {
    pub(super) fn new(
        origin: &str,
        (first, last): (u64, u64),
        tree_size: u64,
        user: Option<Uuid>,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: if user.is_some() { VERSION } else { WHOLE },
            origin: origin.to_owned(),
            first,
            last,
            tree_size,
            user,
            segments: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    pub(super) fn read(bundle: &Path) -> Result<Self, BundleError> {
        let path = bundle.join(MANIFEST);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(BundleError::NoBundle(bundle.to_owned()));
            }
            read => read.map_err(BundleError::io(&path))?,
        };
        let malformed = |error| BundleError::malformed(&path, &error);
        // What a later version has made of the rest is not looked at.
        let head: Head = serde_json::from_str(&text).map_err(malformed)?;
        if head.format != FORMAT {
            return Err(BundleError::NoBundle(bundle.to_owned()));
        }
        if !(WHOLE..=VERSION).contains(&head.version) {
            return Err(BundleError::Version(head.version));
        }
        let manifest: Self = serde_json::from_str(&text).map_err(malformed)?;
        let plain = |segment: &Segment| {
            let name = segment.file.strip_prefix(EVENTS);
            let name = name.and_then(|name| name.strip_prefix('/'));
            name.is_some_and(|name| !name.contains(['/', '\\']))
        };
        if !manifest.segments.iter().all(plain) {
            let reason = "a segment is not in the folder of events";
            return Err(BundleError::malformed(&path, &reason));
        }
        Ok(manifest)
    }

    /// Whether the events show by themselves what the tree of that size is.
    pub(super) fn shows(&self, size: u64) -> bool {
        let before = self.first.saturating_sub(1);
        match self.user {
            None => (before..=self.last).contains(&size),
            // The hashes of what is left out reach over sizes in between.
            Some(_) => size == before || size == self.last,
        }
    }
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// A line of [`CHECKPOINTS`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CheckpointLine {
    pub tree_size: u64,
    /// Microseconds since 1970.
    pub created_at: i64,
    pub note: String,
    /// That its tree is the beginning of that of the bundle's checkpoint, where the events of the
    /// bundle do not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Vec<Base64Hash>>,
}

/// A hash, in Base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Base64Hash(pub Hash);

impl Serialize for Base64Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Base64Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        // The library wants room for what 44 digits could hold.
        let mut bytes = [0; 33];
        match STANDARD.decode_slice(text.as_bytes(), &mut bytes) {
            Ok(32) => {
                let mut hash = [0; 32];
                hash.copy_from_slice(&bytes[..32]);
                Ok(Self(hash))
            }
            _ => Err(D::Error::custom("not a SHA-256 in Base64")),
        }
    }
}
