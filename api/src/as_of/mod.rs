//! What was: accounts as they stood at a moment of the log, worked out from the events anew.

mod moment;
mod past;
mod person;
mod reading;

pub use moment::{AsOf, Moment, MomentError, read_time};
pub use past::{LookBackError, Past, Progress, follow_erasures, look_back};
pub use person::{Access, Change, Email, Person, Way};
pub use reading::record_reading;
