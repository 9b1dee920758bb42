//! The history for people: what an event of the log means, in words, and who is behind it.
//!
//! Words come from the catalogue of texts, under the event's own type. Whoever shows events, to their
//! person or to an auditor, takes them from here.

mod category;
mod entry;
mod words;

pub use category::Category;
pub use entry::{By, Entry, EntryError};
pub use words::Names;
