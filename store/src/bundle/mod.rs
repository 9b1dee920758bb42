//! A log, or a part of it, as files: the events as they are stored, and all that is needed to check
//! them with nothing else at hand.
//!
//! A bundle is a folder, so that one that was begun can be gone on with, each part can be read by
//! itself, and whoever hands it on packs it as they like.

mod export;
mod format;
mod line;
mod reader;
mod segment;
mod verify;

pub use export::{ExportError, Exported, Range, Texts, export};
pub use format::{BundleError, Manifest, Segment};
pub use reader::{Events, Reader};
pub use verify::{Verified, Verify, verify};
