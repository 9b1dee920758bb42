//! The flow of devices that cannot show a browser (RFC 8628; contract oauth2.md 6).

mod answer;
mod link;
mod request;

pub use answer::{decide, show};
pub use link::{enter, show_link};
pub use request::start;
