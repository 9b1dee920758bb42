//! A log, or a part of it, as files: the events as they are stored, and all that is needed to check
//! them with nothing else at hand. Where it is about one person, other events are there as hashes alone.
//!
//! A bundle is a folder, so that one that was begun can be gone on with, each part can be read by
//! itself, and whoever hands it on packs it as they like.

mod export;
mod format;
mod line;
mod person;
mod reader;
mod segment;
mod verify;

pub use export::{ExportError, Exported, Part, Texts, export};
pub use format::{BundleError, Manifest, Segment};
pub use reader::Reader;
pub use verify::{Verified, Verify, verify};
