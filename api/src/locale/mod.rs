//! What people read, in their language: which language a request wants, and the catalogue of texts.
//! Pages, mails and every other place that speaks to people take their words from here and hold
//! none of their own.
//!
//! A language is a folder under `api/locales/` and a [`Locale`]. English is whole; what another
//! language lacks comes from English, and a test fails.

mod accept;
mod catalogue;

pub use accept::Locale;
#[cfg(test)]
pub(crate) use catalogue::tests::keys;
pub use catalogue::{Args, Value, text, text_if_any};
