//! The history for people: what an event of the log means, in words, and who is behind it.
//!
//! Words come from the catalogue of texts, under the event's own type. Whoever shows events, to their
//! person or to an auditor, takes them from here.

mod audited;
mod category;
mod disclosure;
mod entry;
mod fields;
mod words;

pub use audited::{Audited, AuditedError, aggregate_id};
pub use category::{Category, is_notable};
pub use disclosure::Disclosures;
pub use entry::{By, Entry, EntryError};
pub use fields::{Fields, Personal, show};
pub use words::Names;
