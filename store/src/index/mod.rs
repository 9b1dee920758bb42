//! Finding events by what they are about: by whom, through which client, in which session, of which
//! type, when. The index is made behind the log, from the events alone, so that an append pays nothing
//! for it; what it does not hold yet is looked at one by one.

mod facets;
mod fill;
mod filter;
mod find;
mod subjects;
mod time;

pub(crate) use facets::{VERSION, of as facets_of};
pub use fill::{Filled, fill, state};
pub use filter::EventFilter;
pub use find::{EventPage, FindError, FoundEvents, event, find};
pub use subjects::subjects_after;
pub use time::{newest_at, recorded_at};
