//! Reading the read models. Every list is paged by id, which is creation order.

mod checkpoints;
mod erasures;
mod oauth2_sessions;
mod page;
mod policy_data;
mod user_emails;
mod users;

pub use checkpoints::projection_positions;
pub use erasures::{erasures_after, erasures_of, erasures_since, newest_erasure};
pub use oauth2_sessions::{BearerSession, Oauth2SessionRow, bearer_session, oauth2_session};
pub use page::{Direction, Page, PageRequest};
pub use policy_data::{PolicyDataRow, latest_policy_data, latest_policy_data_id, policy_data};
pub use user_emails::{EmailFilter, EmailRow, count_emails, email, email_of, list_emails};
pub use users::{UserFilter, UserRow, UserStatus, count_users, list_users, user, user_by_username};
